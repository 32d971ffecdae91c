"""The filter in use as an expression: the command to copy, and a line to type another one."""

from __future__ import annotations

import shlex

import streamlit as st

from dashboard.explore import filter_in_address
from dashboard.toasts import say
from dlc_core.analysis.expression_to_filter import filter_of
from dlc_core.analysis.expression_tokens import LONGEST
from dlc_core.analysis.filter import Filter
from dlc_core.analysis.filter_to_expression import expression_of
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.scores import OWN

_KEY = "filter-expression"


def command(view: View, wanted: Filter) -> str:
    """Return the command that lists what is shown, but for what no expression says."""
    text = expression_of(view, wanted).text
    words = ["dlc", "list", str(view.run.path)]
    words += [] if view.score == OWN else ["--by", view.score]
    words += ["--where", text] if text else []
    return shlex.join(words)


def expression_line(view: View, wanted: Filter) -> None:
    """Show the command, and take a typed expression as the filter."""
    with st.expander("As an expression", icon=":material/terminal:"):
        st.code(command(view, wanted), language="bash", wrap_lines=True)
        if left_out := expression_of(view, wanted).left_out:
            st.caption(f"Without {' and '.join(left_out)}: only this page has that.")
        st.text_input(
            "Filter by an expression",
            placeholder='issue = "label-error" and percentile > 90',
            key=_KEY,
            max_chars=LONGEST,
            on_change=_typed,
            args=(view,),
            help="Conditions on class, path, score, percentile, issue, decision, suspected and the "
            "data's own columns, joined by and. The command line has or, not, rank and other "
            "scores, too.",
        )


def _typed(view: View) -> None:
    text = str(st.session_state[_KEY] or "").strip()
    if not text:  # emptied after a mistake, say; Show all lifts the filters
        return
    try:
        wanted = filter_of(view, text)
    except DLCError as error:
        say(str(error), icon="error")
        return
    filter_in_address.put(view, wanted)
    st.session_state[_KEY] = ""
