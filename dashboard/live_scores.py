"""A run whose masks are not all done: its scores so far, how they sharpen, and how to end that."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.progress import EVERY, being_scored, stop_buttons, words
from dashboard.rerun import draw_anew
from dashboard.resuming import resume_or_error
from dashboard.session_keys import GALLERY, OPEN_KEY
from dlc_core.analysis.run_view import View
from dlc_core.atomic_files import read_json
from dlc_core.plurals import counted
from dlc_core.records.progress import Step, fraction, read_step

_TURN = "live-turn"
_REST = 3.0  # seconds between two redraws of the page


def live_banner(view: View) -> None:
    """Say that the scores rest on some of the masks, while that is so."""
    path = view.run.path
    if being_scored(path):
        with st.container(border=True):
            _sharpening(path, view.run.info["masking"], time.monotonic())
    elif not view.run.done:
        resume_or_error(path, "")
    elif view.run.partial:
        st.caption(f"Finished early: {view.run.partial}.")


@st.fragment(run_every=EVERY)
def _sharpening(path: Path, shown: dict[str, Any], since: float) -> None:
    """Show progress; draw the page anew when there are better scores and nobody is selecting."""
    info = read_json(path / "run.json") or {}
    masking = info.get("masking", {})
    newer = masking.get("done") != shown.get("done")
    if not being_scored(path) or (newer and not _busy() and time.monotonic() - since > _REST):
        draw_anew()
    step = read_step(path) or Step("starting", 0, 0)
    done, masks = len(shown.get("done", ())), shown["masks"]
    text, actions = st.columns([3, 2], vertical_alignment="center")
    text.markdown(f"**Scores from {done} of {counted(masks, 'mask')}**, sharpening. {words(step)}")
    with actions.container(horizontal=True, horizontal_alignment="right"):
        if newer and _busy():
            st.button("Show newer scores", key=f"newer-{path.name}", on_click=_turn)
        stop_buttons(path, key="live", scored=True)
    st.progress(fraction(step))
    if st.session_state.pop(_TURN, False):
        draw_anew()


def _turn() -> None:
    st.session_state[_TURN] = True


def _busy() -> bool:
    """Whether a sample is open or something is selected in a chart."""
    if st.session_state.get(OPEN_KEY):
        return True
    gallery = st.session_state.get(GALLERY)
    return bool(gallery and gallery["picked"] and gallery["picked"]["ids"])
