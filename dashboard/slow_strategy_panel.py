"""What stands where a subset will be: how long it has been chosen for, and how to cancel that."""

from __future__ import annotations

import shlex

import streamlit as st

from dashboard import slow_strategies
from dashboard.escaping import for_markdown
from dashboard.progress import EVERY
from dashboard.rerun import draw_anew
from dashboard.slow_strategies import Wanted, look
from dlc_core import jobs
from dlc_core.plurals import counted
from dlc_core.records.progress import duration


def choosing_panel(item: Wanted, *, what: str = "The subset") -> None:
    """Show it, looking twice a second; draw the page anew when the subset is there.

    Args:
        item: what is waited for.
        what: is being chosen, as the first words of a sentence, in markdown.
    """
    with st.container(border=True, key=f"choosing-{item.place}"):
        state, words = look(item)
        if state == "failed":
            st.error(f"{what} could not be chosen: {for_markdown(words)}", icon=":material/error:")
            _again(item, "Try again")
        elif state == "stopped":
            st.markdown(f"{what} was not chosen: **stopped**.")
            _again(item, "Choose it")
        else:
            _watch(item, what)


def _again(item: Wanted, title: str) -> None:
    st.button(
        title, key=f"choose-again-{item.place}", icon=":material/replay:",
        on_click=slow_strategies.again, args=(item,),
    )  # fmt: skip


@st.fragment(run_every=EVERY)
def _watch(item: Wanted, what: str) -> None:
    state, _ = look(item)
    if state not in ("waiting", "running"):
        draw_anew()
    text, action = st.columns([5, 1], vertical_alignment="center")
    seconds = jobs.seconds_since_start(item.job.file) if state == "running" else None
    since = f", {duration(seconds)} so far" if seconds is not None else " …"
    text.markdown(
        f":material/hourglass_top: {what} is **still being chosen** by {item.strategy} among "
        f"{counted(item.samples, 'sample')}{since}"
    )
    action.button(
        "Cancel", key=f"choosing-cancel-{item.place}", icon=":material/stop_circle:",
        help="Stops at once.", on_click=slow_strategies.cancel, args=(item,), width="stretch",
    )  # fmt: skip
    st.caption(
        "It compares features in a process of its own; this page stays usable, and another recipe "
        "takes its place. What it finds is kept in the run. The same on the command line:"
    )
    command = [*item.job.arguments[:-2], "--out", "kept.csv"]
    st.code(shlex.join(["dlc", *command]), language="bash", wrap_lines=True)
