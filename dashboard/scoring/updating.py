"""New images of a run's data: ask, show the command, start it."""

from __future__ import annotations

import shlex
from pathlib import Path

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.rerun import draw_anew
from dashboard.scoring.readable_request import require_data
from dlc_core.datasets.registry import reader_of
from dlc_core.errors import DLCError
from dlc_core.jobs.new_run import free_name, start_run
from dlc_core.runs import Run
from dlc_core.scoring.objectives.registry import objective
from dlc_core.scoring.request import ScoreRequest


def can_be_updated(run: Run) -> bool:
    """Whether the data of a run can be listed again, and its centroids are those of the score."""
    data = run.info["dataset"]
    own = reader_of(data)
    grows = own is None or not own.bundled
    known = bool(data.get("source")) and grows and data.get("labels") != "clusters"
    return run.done and not run.partial and known and _updates(run)


def _updates(run: Run) -> bool:
    try:
        return objective(run.info.get("score", "dlc")).again is not None
    except DLCError:  # of a package that is not installed, or of a later version
        return False


@st.dialog("New images")
def update_dialog(run: Run) -> None:
    """Say what will be done, and do it in a run of its own."""
    st.write(
        "Lists the data again and scores only what came since, by this run's masks and class "
        "centroids. This run stays as it is; the new one holds all images and the decisions. If "
        "the new images would move the centroids, or files have changed or gone, it says so."
    )
    base = run.path.name
    suggested = free_name(f"{base.removesuffix('-new')}-new", run.path.parent)
    name = st.text_input("Name of the new run", suggested, key=f"update-name-{base}")
    words = update_arguments(run.path, run.path.parent / str(name or "run"))
    st.code(shlex.join(["dlc", *words]), language="bash", wrap_lines=True)
    if st.button("Score what is new", type="primary", icon=":material/playlist_add:"):
        try:
            require_data(
                ScoreRequest(str(run.info["dataset"]["source"]), run.info["backbone"]["name"])
            )
            start_run(words, str(name or ""), run.path.parent)
        except DLCError as error:
            st.error(for_markdown(str(error)), icon=":material/error:")
        else:
            draw_anew()


def update_arguments(base: Path, out: Path) -> list[str]:
    """Return the arguments of `dlc` that score what came to a run's data since."""
    return ["update", str(base), "--out", str(out)]
