"""The report of a run and a subset, made by a job."""

from __future__ import annotations

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.export.file_names import stem
from dashboard.rerun import draw_anew
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.jobs.export_history import running
from dlc_core.jobs.start_export import start_report
from dlc_core.recipes import Subset, prune_arguments


def report_form(view: View, kept: Subset) -> None:
    """Say what the report is, and offer to make it."""
    st.caption(
        "One HTML file of this run and this subset that needs nothing else: distribution, map, "
        "easiest and hardest of each class, numbers, recipe. To send, archive or print."
    )
    busy = bool(running(view.run.path))
    if st.button(
        "Make the report",
        key="make-report",
        icon=":material/summarize:",
        disabled=busy,
        help="One export is made at a time." if busy else None,
    ):
        name = f"{stem(view.run.name, kept.recipe)}-report.html"
        try:
            start_report(view.run, name, prune_arguments(kept.recipe))
        except DLCError as error:
            st.error(for_markdown(str(error)), icon=":material/error:")
        else:
            draw_anew()
