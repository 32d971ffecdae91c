"""By which of the run's scores the Explore page says what is hard."""

from __future__ import annotations

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.explore import filter_in_address
from dashboard.order_by import score_title
from dashboard.own_scores import own_scores_button
from dashboard.settings_in_address import choose, chosen, widget
from dashboard.toasts import say
from dlc_core.analysis.by_score import by_score
from dlc_core.analysis.filter import Filter
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.scores import OWN

_BY = "by"


def chosen_view(view: View) -> View:
    """Return the run seen by the chosen score; the choice is part of the address."""
    try:
        return by_score(view, chosen(_BY, list(view.score_names), OWN))
    except DLCError as error:  # another tab has just deleted it
        say(str(error), icon="error")
        choose(_BY, OWN)
        return view


def score_choice(view: View, wanted: Filter, *, popover: str) -> None:
    """Show the choice among the run's scores, and the way to bring one.

    Args:
        view: the run.
        wanted: the filter in use.
        popover: key of the popover that this is in.
    """
    with st.container(gap="xsmall"):
        st.selectbox(
            "Hardness by",
            list(view.score_names),
            format_func=score_title,
            help="Map, histogram, gallery and filters go by this score, within each class."
            + "".join(
                f"\n- **{for_markdown(key)}**: {words}" for key, words in view.score_names.items()
            ),
            **widget(_BY, view.score, lambda: _lift_range(view, wanted)),
        )
        own_scores_button(view, use=lambda name: use_score(view, wanted, name), popover=popover)


def use_score(view: View, wanted: Filter, name: str) -> None:
    """Go by another score; call it in a callback."""
    choose(_BY, name)
    _lift_range(view, wanted)


def _lift_range(view: View, wanted: Filter) -> None:
    """Forget the range of raw scores: it means nothing in another score's numbers."""
    choose("page", 1)
    filter_in_address.put(view, wanted.without("score"))
