"""The list of runs: what is under way, what is done, what failed and why."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.escaping import for_markdown, visible_name
from dashboard.page_frame import RUN_KEY
from dashboard.progress import being_scored, job_panel
from dashboard.rerun import draw_anew
from dashboard.resuming import resume_or_error
from dashboard.scoring.updating import can_be_updated, update_dialog
from dlc_core import jobs
from dlc_core.errors import DLCError
from dlc_core.plurals import counted
from dlc_core.runs import Run, run_folders

_MOST = 50  # runs listed
_MOST_FAULTS = 1000


def runs_table(folder: Path, current: Path | None) -> None:
    """Show running jobs with their progress, failed ones with the reason, and the finished runs."""
    st.subheader("Runs")
    found = {job.run: job for job in jobs.jobs_in(folder) if job.state != "gone"}
    runs = run_folders(folder)
    paths = [*(path for path in found if path not in runs), *runs][:_MOST]
    if not paths:
        st.info("None yet. The bundled digits need no download and take under a minute.")
    for path in paths:
        _row(path, found.get(path), open_now=path == current)


def _row(path: Path, job: jobs.Job | None, *, open_now: bool) -> None:
    run, unreadable = _open(path)
    with st.container(border=True):
        title, actions = st.columns([4, 1], vertical_alignment="center")
        title.markdown(f"**{for_markdown(path.name)}**{'  · open' if open_now else ''}")
        if run is not None:
            title.caption(_summary(run, being_scored(path)))
        if (
            run is not None
            and run.scored
            and actions.button(
                "Explore",
                key=f"open-{path.name}",
                width="stretch",
                on_click=_choose,
                args=(path.name,),
            )
        ):
            st.switch_page("pages/explore.py")
        if (
            run is not None
            and can_be_updated(run)
            and not being_scored(path)
            and actions.button(
                "New images",
                key=f"update-{path.name}",
                width="stretch",
                type="tertiary",
                help="Score what came to the data since this run.",
            )
        ):
            update_dialog(run)
        if being_scored(path):
            job_panel(path, key=path.name)
        elif run is not None and run.done:
            _cautions(run)
            _faults(run)
        else:
            resume_or_error(path, unreadable or "this run cannot be opened.")
            if run is None and job is not None and st.button("Dismiss", key=f"dismiss-{path.name}"):
                jobs.forget(path)
                draw_anew()


def _open(path: Path) -> tuple[Run | None, str]:
    """Return the run, or None and why it cannot be opened, if there is one at all."""
    if not (path / "run.json").is_file():
        return None, ""
    try:
        return Run.open(path, unfinished=True), ""
    except DLCError as error:
        return None, str(error)


def _choose(name: str) -> None:
    st.session_state[RUN_KEY] = name


def _summary(run: Run, running: bool) -> str:
    info = run.info
    status = "stopped" if info["status"] == "running" and not running else info["status"]
    seconds = info["timings"].get("seconds")
    took = f" · {seconds:.1f} s" if seconds else ""
    return for_markdown(
        f"{info['dataset']['name']}, {counted(info['counts'].get('samples', 0), 'sample')} · "
        f"{info['backbone']['name']} · {counted(info['masking']['masks'], 'mask')} · "
        f"{info['profile']} · "
        f"{status}{took}{f' · {run.partial}' if run.done and run.partial else ''} · "
        f"{str(info.get('created', ''))[:16].replace('T', ' ')}"
    )


def _cautions(run: Run) -> None:
    for warning in run.warnings:
        st.caption(f":material/warning: {for_markdown(warning)}")


def _faults(run: Run) -> None:
    count = run.info["counts"].get("faults", 0)
    if not count:
        return
    with st.expander(f"{counted(count, 'fault')}: files that were left out"):
        try:
            table = run.faults.head(_MOST_FAULTS).copy()
        except DLCError as error:
            st.error(for_markdown(str(error)))
            return
        for column in table.columns:
            table[column] = table[column].map(visible_name)
        st.dataframe(table, hide_index=True)
