"""Work on a finished run: its map and its issues, with progress and ways to start it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.progress import EVERY, being_scored, words
from dashboard.rerun import draw_anew
from dlc_core import jobs
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.projection import METHODS, ProjectionSettings
from dlc_core.records.progress import Step, fraction, read_step
from dlc_core.runs import Run
from dlc_core.runs.lock import writer_pid

_MOST_NEIGHBOURS = 100  # of the slider


def background_line(view: View) -> None:
    """Say what is being computed for the run; draw the page anew when something new is there."""
    path = view.run.path
    if being_scored(path) or not view.run.done:
        return
    if at_work(path):
        _watch(path, _found(path))
    elif view.issues is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            _failure(path)
            st.caption("Issues (label errors, copies, outliers …) are not computed yet.")
            st.button(
                "Find them",
                key="find-issues",
                icon=":material/troubleshoot:",
                on_click=lambda: jobs.start(["kinds", str(path)], run=path),
            )


def at_work(path: Path) -> bool:
    """Whether a process works on this run."""
    job = jobs.job_of(path)
    return writer_pid(path) is not None or (job is not None and job.state == "running")


def _failure(path: Path) -> None:
    job = jobs.job_of(path)
    if job is not None and job.state == "failed":
        st.error(for_markdown(job.message), icon=":material/error:")


def _found(path: Path) -> tuple[float, ...]:
    files = (path / name for name in ("pca.npy", "projection.parquet", "kinds.parquet"))
    return tuple(file.stat().st_mtime if file.is_file() else 0.0 for file in files)


@st.fragment(run_every=EVERY)
def _watch(path: Path, found: tuple[float, ...]) -> None:
    if not at_work(path) or _found(path) != found:
        draw_anew()
    step = read_step(path) or Step("starting", 0, 0)
    st.progress(fraction(step), text=words(step))
    st.button(
        "Stop", key="stop-background", icon=":material/stop_circle:", on_click=jobs.cancel,
        args=(path,), help="Scores stay; what is computed now can be started again.",
    )  # fmt: skip


def settings_of_map(run: Run) -> ProjectionSettings:
    """Return how the run's map was made; the defaults where it says nothing sensible."""
    made = run.info.get("projection")
    keys = ("method", "neighbours", "min_distance", "seed")
    known = {key: made[key] for key in keys if key in made} if isinstance(made, dict) else {}
    try:
        found = ProjectionSettings(**known)
    except (DLCError, TypeError):
        found = ProjectionSettings()
    return replace(
        found, neighbours=min(found.neighbours, _MOST_NEIGHBOURS), seed=min(found.seed, 2**31 - 1)
    )


def map_settings(view: View) -> None:
    """Show how the map was made, and offer to make another."""
    made = settings_of_map(view.run)
    with st.popover("Map", icon=":material/settings:"):
        method = st.segmented_control(
            "Layout",
            list(METHODS),
            default=made.method,
            required=True,
            key="map-method",
            format_func=str.upper,
        )
        neighbours = st.slider(
            "Neighbours", 2, _MOST_NEIGHBOURS, made.neighbours,
            key="map-neighbours", disabled=method == "pca",
            help="UMAP: small shows fine structure, large the whole.",
        )  # fmt: skip
        distance = st.slider(
            "Least distance", 0.0, 1.0, made.min_distance,
            0.05, key="map-distance", disabled=method == "pca",
            help="UMAP: how tightly points may lie together.",
        )  # fmt: skip
        seed = st.number_input("Seed", 0, 2**31 - 1, made.seed, key="map-seed")
        words_ = ["project", str(view.run.path), "--method", str(method or "umap")]
        words_ += ["--neighbours", str(neighbours), "--min-distance", f"{distance:g}"]
        st.button(
            "Compute this map",
            key="map-compute",
            type="primary",
            disabled=at_work(view.run.path) or not view.run.done,
            help="The map that is there stays until the new one is done.",
            on_click=lambda: jobs.start([*words_, "--seed", str(seed)], run=view.run.path),
        )
