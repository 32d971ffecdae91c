"""The choice of the score that a recipe orders samples by."""

from __future__ import annotations

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.own_scores import own_scores_button
from dlc_core.analysis.run_view import View
from dlc_core.scores import OWN

ORDER_BY = "order-by"


def order_by(view: View) -> str:
    """Return the score in use: the chosen one, if this run has it, else the run's own."""
    name = str(st.session_state.get(ORDER_BY) or OWN)
    return name if name in view.score_names else OWN


def order_by_control(view: View) -> None:
    """Show the choice among the run's scores, and the way to bring one."""
    names = view.score_names
    if st.session_state.get(ORDER_BY, OWN) not in names:  # what another run has
        st.session_state[ORDER_BY] = OWN
    with st.container(gap="xsmall"):
        if len(names) > 1:
            st.selectbox(
                "Order by",
                list(names),
                key=ORDER_BY,
                format_func=score_title,
                help="Which score says what is hard: ranks are taken within each class."
                + "".join(
                    f"\n- **{for_markdown(score_title(key))}**: {words}"
                    for key, words in names.items()
                ),
                bind="query-params",
                persist_state="session",
            )
        own_scores_button(view, use=_use)


def score_title(name: str) -> str:
    """Return what a choice calls a score."""
    return "Hardness (this run's score)" if name == OWN else name


def _use(name: str) -> None:
    st.session_state[ORDER_BY] = name
