"""A running job on a page: progress, time left, cancel."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.rerun import draw_anew
from dlc_core import jobs
from dlc_core.atomic_files import read_json
from dlc_core.records.progress import Step, fraction, read_step, step_words
from dlc_core.runs.lock import writer_pid

EVERY = 0.5  # seconds between two looks


def job_panel(run: Path, *, key: str) -> None:
    """Show a running job, looking twice a second; rerun the page at its first scores and end."""
    scored = _has_scores(run)

    @st.fragment(run_every=EVERY)
    def panel() -> None:
        if not being_scored(run) or _has_scores(run) != scored:
            draw_anew()
        step = read_step(run) or Step("starting", 0, 0)
        st.progress(fraction(step), text=words(step))
        with st.container(horizontal=True):
            stop_buttons(run, key=key, scored=scored)

    panel()


def _has_scores(run: Path) -> bool:
    return (run / "samples.parquet").is_file()


def stop_buttons(run: Path, *, key: str, scored: bool) -> None:
    """Show the two ways to end a job; finishing early needs scores."""
    if scored:
        st.button(
            "Finish now",
            key=f"finish-{key}",
            icon=":material/flag:",
            help="Ends the run with the masks that are done: the scores so far become the result.",
            on_click=jobs.finish,
            args=(run,),
        )
    st.button(
        "Cancel",
        key=f"cancel-{key}",
        icon=":material/stop_circle:",
        help="Stops at once; what is done is kept and can be resumed.",
        on_click=jobs.cancel,
        args=(run,),
    )


def being_scored(run: Path) -> bool:
    """Whether a job works on this run's scores; a finished run whose map is computed is not."""
    if (read_json(run / "run.json") or {}).get("status") == "done":
        return False
    job = jobs.job_of(run)
    return writer_pid(run) is not None or (job is not None and job.state == "running")


def words(step: Step) -> str:
    """Return a step as one line of markdown."""
    return for_markdown(step_words(step))


def map_panel(run: Path) -> None:
    """Stand in for a map that is not there; rerun the page when it has been computed."""
    file = run / "projection.parquet"
    if file.is_file():
        st.warning("The map of this run is damaged: make it again, under Map above.")
    elif writer_pid(run) is None:
        st.info("This run has no map: resuming the scoring (dlc score … --resume) computes it.")
    else:
        _wait_for(file, scoring=being_scored(run))


@st.fragment(run_every=EVERY)
def _wait_for(file: Path, *, scoring: bool) -> None:
    if file.is_file() or writer_pid(file.parent) is None:
        draw_anew()
    st.skeleton(height=380)
    if scoring:
        st.caption("The map (UMAP) comes when the masks are done; the scores so far are ready.")
    else:
        st.caption("The map (UMAP) is being computed; scores and gallery are ready.")
