"""The filter in use: kept in the session and in the address, with its way back and forth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.session_keys import PICKS, SELECTED, VISIT
from dashboard.settings_in_address import choose
from dashboard.toasts import say
from dlc_core.analysis.filter import PARAMETERS, Filter, from_parameters, to_parameters
from dlc_core.analysis.filter_masks import of_this_run, on_this_map
from dlc_core.analysis.run_view import View
from dlc_core.issues import ISSUES

_LONGEST = 100  # steps one can go back
_KEY = "explore-trail"


@dataclass
class _Trail:
    """The filters of one run in this session; `place` is the one in use."""

    run: str
    steps: list[Filter] = field(default_factory=lambda: [Filter()])
    place: int = 0
    written: dict[str, list[str]] = field(default_factory=dict)
    visit: int = 0
    begun: bool = False


def current(view: View) -> Filter:
    """Return the filter in use; an address that says another one is followed.

    That is: the one that the page is opened with, and the ones that the browser's Back and Forward
    go to. Any other is out of date: a request can leave the browser before the newest address gets
    there, and following it would lose what was just chosen. After a change of page the address has
    no conditions, yet they hold: Streamlit drops them.
    """
    trail = _trail(view)
    visit = int(st.session_state.get(VISIT, 0))
    parameters = _in_address()
    arrived = visit != trail.visit
    trail.visit = visit
    wanted = trail.steps[trail.place]
    dropped = arrived and trail.begun and not parameters
    meant = arrived or not trail.begun or _went_back_or_forth()
    trail.begun = True
    if parameters != trail.written and meant and not dropped:
        wanted = from_parameters(
            parameters, classes=len(view.classes), issues=tuple(ISSUES), columns=view.columns
        )
        trail.written = parameters
    fitting = on_this_map(view, wanted)
    if fitting != wanted:
        say("The lasso was drawn on another map; it is lifted.", icon="info")
    on_map, fitting = fitting, of_this_run(view, fitting)
    if fitting != on_map:
        say("This run does not keep the subset of that link; it is lifted.", icon="info")
    put(view, fitting)
    return trail.steps[trail.place]


def put(view: View, wanted: Filter) -> None:
    """Use another filter; the one before can be gone back to.

    Another page may say it before Explore was ever open: that is a beginning, too, or the address,
    which a change of page has emptied, would be followed instead.
    """
    trail = _trail(view)
    trail.begun = True
    if wanted != trail.steps[trail.place]:
        trail.steps = [*trail.steps[: trail.place + 1], wanted][-_LONGEST:]
        trail.place = len(trail.steps) - 1
        _moved()
    _write(trail)


def go(view: View, by: int) -> None:
    """Go back (-1) or forth (1), if there is something there."""
    trail = _trail(view)
    trail.place = max(0, min(len(trail.steps) - 1, trail.place + by))
    _moved()
    _write(trail)


def can_go(view: View, by: int) -> bool:
    """Whether there is a filter to go back or forth to."""
    trail = _trail(view)
    return 0 <= trail.place + by < len(trail.steps)


def _moved() -> None:
    """What was on the screen is not what was chosen there: pages and picks begin anew."""
    choose("page", 1)
    drop_picks()


def drop_picks() -> None:
    """Pick nothing."""
    st.session_state[PICKS] = st.session_state.get(PICKS, 0) + 1
    st.session_state.pop(SELECTED, None)


def _trail(view: View) -> _Trail:
    trail = st.session_state.get(_KEY)
    if not isinstance(trail, _Trail) or trail.run != view.run.name:
        trail = st.session_state[_KEY] = _Trail(view.run.name)
    return trail


def _went_back_or_forth() -> bool:
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _in_address() -> dict[str, list[str]]:
    found = {name: st.query_params.get_all(name) for name in PARAMETERS}
    return {name: values for name, values in found.items() if values}


def _write(trail: _Trail) -> None:
    """Make the address say the filter in use, touching only what differs."""
    wanted: dict[str, Any] = to_parameters(trail.steps[trail.place])
    found = _in_address()
    for name in found.keys() - wanted.keys():
        del st.query_params[name]
    for name, values in wanted.items():
        if found.get(name) != values:
            st.query_params[name] = values
    trail.written = wanted
