"""What a person can mend is told in a sentence on every page, wherever it is raised."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import streamlit as st

from dashboard.text import for_markdown
from dlc_core.errors import DLCError


@contextlib.contextmanager
def sentences() -> Iterator[None]:
    """Show a `DLCError` as its sentence where the page has come to, instead of a traceback.

    Of a fragment it is the decorator below `st.fragment`: that shows its errors itself.
    """
    try:
        yield
    except DLCError as error:
        st.error(for_markdown(str(error)), icon=":material/error:")
