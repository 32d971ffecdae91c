"""Open runs, kept in memory between the reruns of the pages."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import streamlit as st

from dlc_core.analysis.run_view import View, file_stamps, view_of
from dlc_core.runs import Run

BY_STAMP: dict[str | type[Any], Callable[[Any], Any]] = {
    View: attrgetter("stamp")
}  # for Streamlit's caches


def open_view(path: Path) -> View:
    """Open a run that has scores; the same files are read once.

    Raises:
        DLCError: if it cannot be opened.
    """
    return _open(str(path), file_stamps(path))


@st.cache_resource(max_entries=3, show_spinner=False)  # two of them are compared
def _open(path: str, stamps: tuple[tuple[int, int], ...]) -> View:  # noqa: ARG001 - part of the key
    view = view_of(Run.open(path))
    _leave_out_of_collections()
    return view


@cache
def _leave_out_of_collections() -> None:
    """Spare what is loaded by now from garbage collections, once in a server's life.

    Streamlit collects all garbage after every run of a script: 80 ms of going through the objects
    of the imported libraries, which stay anyway.
    """
    gc.collect()
    gc.freeze()
