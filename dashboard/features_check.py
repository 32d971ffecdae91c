"""Comparing a large features.npy with its digest while a page that chooses by it is looked at."""

from __future__ import annotations

import contextlib
import threading

import streamlit as st

from dashboard.rerun import draw_anew
from dlc_core.analysis.run_view import View
from dlc_core.digests import SMALL, is_known
from dlc_core.errors import DLCError
from dlc_core.recipes import Recipe
from dlc_core.runs import Run
from dlc_core.selection import strategy

FEATURES = "features.npy"
_EVERY = 1.0  # seconds between two looks
_one = threading.Lock()  # at a time: the disk is the limit


def checking_line(view: View, recipe: Recipe) -> None:
    """Say that the features are being checked, if the recipe looks at them and they are large.

    A subset is drawn meanwhile; if they turn out to be damaged the page is drawn anew, and
    `require_features` refuses them.
    """
    if strategy(recipe.strategy).features and not _settled(view.run):
        _watch(view.run)


def require_features(view: View) -> None:
    """Refuse features that are known to be damaged, without a long look.

    Raises:
        DLCError: with the sentence on it.
    """
    view.run.require(FEATURES, whole=False)


def _settled(run: Run) -> bool:
    """Whether a short look tells all there is to know of the features."""
    file = run.path / FEATURES
    try:
        run.require(FEATURES, whole=False)
        small = file.stat().st_size <= SMALL
    except (DLCError, OSError):  # the page says it
        return True
    return small or FEATURES not in (run.files or {}) or is_known(file)


def _check(run: Run) -> None:
    with contextlib.suppress(DLCError):  # it is known from now on, and the page says it
        run.require(FEATURES)
    _one.release()


@st.fragment(run_every=_EVERY)
def _watch(run: Run) -> None:
    if _settled(run):
        draw_anew()
    if _one.acquire(blocking=False):
        threading.Thread(target=_check, args=(run,), daemon=True).start()
    st.caption(":material/hourglass_top: Comparing features.npy with its digest …")
