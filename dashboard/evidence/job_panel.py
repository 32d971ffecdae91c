"""The job on the page: progress, time left, cancel, or how it ended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.progress import EVERY, words
from dashboard.rerun import draw_anew
from dlc_core.evidence.arm_names import in_plain_words
from dlc_core.jobs import measuring
from dlc_core.records.progress import fraction


def draw_work(run: Path) -> bool:
    """Show what is being measured, or why the last measuring failed.

    Returns:
        Whether something is being measured.
    """
    work = measuring.measuring_of(run)
    if work is None or work.state == "done":
        return False
    if work.state == "running":
        _watch(run)
        return True
    left, right = st.columns([6, 1], vertical_alignment="center")
    if work.state == "failed":
        left.error(for_markdown(work.message), icon=":material/error:")
    else:
        left.info("Stopped before the end. What is measured stays; measure the rest at any time.")
    right.button(
        "Dismiss",
        key="evidence-dismiss",
        on_click=measuring.forget,
        args=(work.folder,),
        width="stretch",
    )
    return False


@st.fragment(run_every=EVERY)
def _watch(run: Path) -> None:
    work = measuring.measuring_of(run)
    if work is None or work.state != "running":
        draw_anew()
    left, right = st.columns([6, 1], vertical_alignment="center")
    step = work.step
    if step is None:
        left.progress(0.0, text="Starting …")
    else:
        counted = f" · {step.done:,} of {step.total:,}" if step.total else ""
        plain = replace(step, detail=in_plain_words(step.detail))
        left.progress(fraction(step), text=words(plain) + counted)
    right.button(
        "Cancel",
        key="evidence-cancel",
        icon=":material/stop_circle:",
        help="Stops at once; what is measured stays, and the rest can be measured later.",
        on_click=measuring.cancel,
        args=(work.folder,),
        width="stretch",
    )
