"""Going on with a run that stopped: what that does is shown where the run came from elsewhere."""

from __future__ import annotations

import shlex
from pathlib import Path

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.rerun import draw_anew
from dashboard.scoring.readable_request import require_data
from dashboard.server_settings import require_readable, runs_folder
from dlc_core import jobs
from dlc_core.datasets import Asked, find_source
from dlc_core.errors import DLCError
from dlc_core.runs import Run
from dlc_core.runs.begun_here import begun_here
from dlc_core.runs.lock import writer_pid
from dlc_core.scoring.request import ScoreRequest
from dlc_core.scoring.resume_command import resume_command


def resume_words(run: Run) -> list[str]:
    """Return the command that goes on with a run, checked like a new scoring.

    Raises:
        DLCError: if no command began it, or it reads where this dashboard may not.
    """
    words = resume_command(run)
    if added := run.info.get("added"):
        if Path(added["to"]).resolve().parent != runs_folder().resolve():
            require_readable(added["to"])
        base = Run.open(added["to"])
        known, request = base.info["dataset"], base.info.get("request") or {}
        source = known.get("source") or request.get("dataset") or ""
        asked, backbone = known.get("asked", {}), base.info["backbone"]["name"]
    else:
        request = asked = run.info["request"]
        source, backbone = request["dataset"], request.get("backbone") or "demo"
    root = str(asked.get("image_root") or "") or None
    chosen = ScoreRequest(
        str(source),
        str(backbone),
        Asked(image_root=root, download=True),
        weights=str(request.get("weights") or "") or None,
    )
    if find_source(str(source)).reader.fetched and not added:
        words = [*words, "--download"]  # whoever goes on lets it be fetched
    require_data(chosen)
    return words


def resume(run: Run, words: list[str]) -> None:
    """Start the command that goes on with a run; the person has seen it, or began the run here.

    Args:
        run: interrupted or failed.
        words: from `resume_words`.
    """
    if writer_pid(run.path) is None:
        jobs.start([*words, "--yes"], run=run.path)


def resume_or_error(path: Path, problem: str) -> None:
    """Say why a run cannot be shown, and offer to finish it where that is possible.

    Args:
        path: the run directory; no job works on it.
        problem: what opening it as a finished run said.
    """
    try:
        run = Run.open(path, unfinished=True)
    except DLCError:
        job = jobs.job_of(path)
        st.error(for_markdown(job.message if job and job.message else problem))
        return
    if run.done:  # a file of it is damaged
        st.error(for_markdown(problem), icon=":material/error:")
        return
    if run.info.get("error"):
        st.error(for_markdown(str(run.info["error"])), icon=":material/error:")
    else:
        rest = f" Here {run.partial}." if run.scored and run.partial else ""
        st.warning(f"Scoring stopped before the end; what is done is kept.{rest}")
    try:
        words = resume_words(run)
    except DLCError as error:
        st.error(for_markdown(str(error)), icon=":material/error:")
        return
    key = f"resume-{path.name}"
    if not begun_here(path, run.info):
        st.warning(
            "This run was not begun here: it came from elsewhere, was moved, or is of an earlier "
            "version. Its own run.json says what resuming does; go on only if this is what you "
            "want:",
            icon=":material/warning:",
        )
        command = shlex.join(["dlc", *words])
        st.code(command, language="bash", wrap_lines=True)
        key += f"-{hash(command):x}"  # of another command than was shown, nobody clicked
    if st.button("Resume", key=key, icon=":material/replay:"):
        resume(run, words)
        draw_anew()
