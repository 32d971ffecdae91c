"""Around every page: which run it is about, and what stands there while there is none."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.escaping import for_markdown, shortened
from dashboard.live_scores import live_banner
from dashboard.page_registry import PAGES
from dashboard.progress import being_scored, job_panel
from dashboard.resuming import resume_or_error
from dashboard.run_summary import classes_word
from dashboard.server_settings import opens, runs_folder
from dashboard.session_keys import PAGE, VISIT
from dashboard.toasts import say
from dashboard.view_cache import open_view
from dlc_core import jobs
from dlc_core.analysis.run_view import View
from dlc_core.decisions import damaged_lines, damaged_sentence, repair
from dlc_core.errors import DLCError
from dlc_core.needs import lack
from dlc_core.plurals import counted
from dlc_core.runs import Run, run_folders

RUN_KEY = "run"
_CURRENT = "current-run"
# Streamlit's wide layout leaves wide margins; a map and a gallery side by side need the room.
_STYLE = """<style>
.stMainBlockContainer { padding: 1.4rem 2rem 2rem; }
.st-key-deciding { gap: 0.35rem; }
.st-key-deciding button, .st-key-chips button { min-height: 2rem; padding: 0.1rem 0.5rem; }
[data-testid="stColumn"]:has(.st-key-prune-controls) { position: sticky; top: 1rem; align-self: flex-start; }
.st-key-prune-controls { max-height: calc(100vh - 2rem); overflow-y: auto; padding: 0 0.3rem; }
[data-testid="stToastContainer"] { inset: auto 1rem 1rem auto; }
[data-testid="stAlertContainer"] { padding: 0.45rem 0.8rem; }
.st-key-chips { min-height: 2.1rem; }
</style><span></span>"""  # noqa: E501 - the span keeps it there: toasts would replace a style alone


def choose_run(page: str) -> None:
    """Show the sidebar's choice of the run; the choice is part of the address.

    Args:
        page: the title of the page that is about to be shown.
    """
    if st.session_state.get(PAGE) != page:
        st.session_state[PAGE] = page
        st.session_state[VISIT] = st.session_state.get(VISIT, 0) + 1
    names = run_names()
    st.html(_STYLE)
    with st.sidebar:
        if not names:
            st.session_state.pop(_CURRENT, None)
            st.caption("No run yet. Score a dataset to make one.")
            return
        name = st.selectbox("Run", names, names.index(_default_run(names)), key=RUN_KEY)
        st.session_state[_CURRENT] = name
        # By hand, not with `bind`: that forbids st.switch_page and leaves a default out of the
        # address, so that a link would mean another run tomorrow. Each time, because a page switch
        # drops it from the browser's address only.
        if name:
            st.query_params[RUN_KEY] = name
            _describe(runs_folder() / name)


def _default_run(names: list[str]) -> str:
    """Return the run of the address if there is one of that name, else the demo's or the newest."""
    chosen = st.session_state.get(RUN_KEY)
    asked = chosen or st.query_params.get(RUN_KEY, "")
    if asked in names:
        return str(asked)
    if chosen:  # removed or renamed since
        del st.session_state[RUN_KEY]
    if asked:
        st.toast(f"There is no run named {for_markdown(shortened(str(asked)))}; showing another.")
    return opens() if opens() in names else names[0]


def run_names() -> list[str]:
    """Return the names of all runs and started jobs, newest first."""
    folder = runs_folder()
    names = [path.name for path in run_folders(folder)]
    started = [job.run.name for job in jobs.jobs_in(folder) if job.state == "running"]
    return list(dict.fromkeys([*[name for name in started if name not in names], *names]))


def _describe(path: Path) -> None:
    try:
        run = Run.open(path, unfinished=True)
    except DLCError:
        return
    counts = run.info["counts"]
    dataset, backbone = run.info["dataset"], run.info["backbone"]
    st.caption(
        f"**{for_markdown(dataset['name'])}** · {counted(counts.get('samples', 0), 'sample')} · "
        f"{counts.get('classes', 0):,} {classes_word(run.info, counts.get('classes', 0))}  \n"
        f"{for_markdown(backbone['name'])} · {counted(run.info['masking']['masks'], 'mask')} · "
        f"{for_markdown(str(run.info['profile']))}{_score(run)}"
    )


def _score(run: Run) -> str:
    score = str(run.info.get("score", "dlc"))
    return "" if score == "dlc" else f" · {for_markdown(score)}"


def current_path() -> Path | None:
    """Return the directory of the chosen run, or None if there is none."""
    name = st.session_state.get(_CURRENT)
    return runs_folder() / str(name) if name else None


def require_view(title: str) -> View:
    """Return the chosen run's view; else show what to do instead, and stop the page."""
    path = current_path()
    if path is None:
        st.title(title)
        st.info("There is no scored run yet. Score a dataset first: it takes one click.")
        st.page_link("pages/score.py", label="Go to Score", icon=":material/speed:")
        st.stop()
    try:
        view = open_view(path)
        _require_decisions(path, title)
    except DLCError as error:
        st.title(title)
        if being_scored(path):
            st.write("This run is being scored. The page opens by itself when it is done.")
            job_panel(path, key="waiting")
        else:
            resume_or_error(path, str(error))
            st.page_link("pages/score.py", label="Go to Score", icon=":material/speed:")
        st.stop()
    if sentence := lack(view.run, f"The page {title}", PAGES[title].needs):
        st.title(title)
        st.info(for_markdown(sentence), icon=":material/info:")
        st.page_link("pages/explore.py", label="Go to Explore", icon=":material/scatter_plot:")
        st.stop()
    # One place for all of it: what comes after keeps its place, whatever there is to say, and a
    # part of the page that redraws itself is not drawn where something else stands by now.
    with st.container():
        live_banner(view)
        for fault in view.run.damage.values():
            st.error(for_markdown(fault), icon=":material/broken_image:")
        for warning in view.run.warnings:
            st.warning(for_markdown(warning), icon=":material/warning:")
    return view


def _require_decisions(path: Path, title: str) -> None:
    """Say that decisions are damaged, and stop the page: nobody should go on without knowing."""
    lines = damaged_lines(path)
    if not lines:
        return
    st.title(title)
    st.error(for_markdown(damaged_sentence(path, lines)), icon=":material/broken_image:")

    def go_on() -> None:
        try:
            count = repair(path)
        except DLCError as error:
            say(str(error), icon="error")
        else:
            say(f"Went on without {counted(count, 'damaged line')}.")

    st.button(
        f"Go on without {counted(len(lines), 'line')}",
        key="repair-decisions",
        on_click=go_on,
        help="They move to decisions.damaged.jsonl in the run; what was decided in them is lost.",
    )
    st.stop()
