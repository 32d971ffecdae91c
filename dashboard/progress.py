"""A running job on a page: progress, time left, cancel."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dlc_core import jobs
from dlc_core.cli.terminal import duration
from dlc_core.runs.files import read_json
from dlc_core.runs.lock import writer_pid
from dlc_core.runs.progress import PHASES, Step, read_step

_EVERY = 0.5  # seconds between two looks


def job_panel(run: Path, *, key: str) -> None:
    """Show a running job and look again twice a second; rerun the page when it ends."""

    @st.fragment(run_every=_EVERY)
    def panel() -> None:
        if not being_scored(run):
            st.rerun()
        step = read_step(run) or Step("starting", 0, 0)
        st.progress(_fraction(step), text=words(step))
        st.button(
            "Cancel",
            key=f"cancel-{key}",
            icon=":material/stop_circle:",
            help="Stops after the current batch; what is done is kept and can be resumed.",
            on_click=jobs.cancel,
            args=(run,),
        )

    panel()


def being_scored(run: Path) -> bool:
    """Whether a job works on this run's scores; a finished run whose map is computed is not."""
    if (read_json(run / "run.json") or {}).get("status") == "done":
        return False
    job = jobs.job_of(run)
    return writer_pid(run) is not None or (job is not None and job.state == "running")


def words(step: Step) -> str:
    """Return a step as one line for a person."""
    name = PHASES.get(step.phase, step.phase)
    if not step.total:
        return f"{name} …"
    text = f"{name}: {step.detail or f'{step.done:,} of {step.total:,} {step.unit}'}"
    if step.eta_seconds is not None and step.done < step.total:
        text += f" · about {duration(step.eta_seconds)} left"
    return text


def _fraction(step: Step) -> float:
    return min(1.0, step.done / step.total) if step.total else 0.0


def map_panel(run: Path) -> None:
    """Stand in for a map that is not there; rerun the page when it has been computed."""
    file = run / "projection.parquet"
    if file.is_file():
        st.warning("The map of this run is damaged: delete its projection.parquet and resume.")
    elif writer_pid(run) is None:
        st.info("This run has no map. Repeat its dlc score command with --resume to compute it.")
    else:
        _wait_for(file)


@st.fragment(run_every=_EVERY)
def _wait_for(file: Path) -> None:
    if file.is_file() or writer_pid(file.parent) is None:
        st.rerun()
    st.skeleton(height=380)
    st.caption("The map (UMAP) is being computed; scores and gallery are ready.")
