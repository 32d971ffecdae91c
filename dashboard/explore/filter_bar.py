"""The row of filters: name, classes, hardness, issues, decisions; each shows the filter in use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from dashboard.escaping import visible_name
from dashboard.explore.column_filters import COLUMNS_POPOVER, column_filters
from dashboard.explore.filter_in_address import can_go, go, put
from dashboard.explore.score import score_choice
from dashboard.view_cache import BY_STAMP
from dlc_core.analysis.filter import DECIDED, FAULT, Filter
from dlc_core.analysis.filter_masks import mask_of
from dlc_core.analysis.run_view import View
from dlc_core.decisions import read_log
from dlc_core.issues import ISSUES
from dlc_core.needs import offered
from dlc_core.plurals import counted

_POPOVER = "filter-hardness"


def filter_bar(view: View, wanted: Filter) -> None:
    """Show the filters; a change becomes the filter in use before the page is drawn again."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = _bound(view, wanted, "name", wanted.name, lambda text: str(text or "").strip())
        st.text_input(
            "Name",
            placeholder="File name contains …",
            icon=":material/search:",
            label_visibility="collapsed",
            width=190,
            max_chars=200,
            **name,
        )
        st.multiselect(
            "Classes",
            view.present,
            format_func=lambda class_id: visible_name(view.classes[class_id]),
            placeholder=f"All {counted(len(view.present), 'class')}",
            label_visibility="collapsed",
            width=210,
            **_bound(
                view, wanted, "classes", [c for c in wanted.classes if view.class_counts[c]], sorted
            ),
        )
        with st.popover("Hardness", icon=":material/tune:", key=_POPOVER, on_change="rerun"):
            _hardness(view, wanted)
            score_choice(view, wanted, popover=_POPOVER)
        with st.popover("Decided", icon=":material/gavel:"):
            _decided(view, wanted)
        if view.columns:
            with st.popover("Columns", icon=":material/view_column:", key=COLUMNS_POPOVER):
                column_filters(view, wanted)
        _steps(view, wanted)
    _kinds(view, wanted)


def _bound(
    view: View, wanted: Filter, field: str, value: Any, read: Callable[[Any], Any]
) -> dict[str, Any]:
    """Return key and callback of a widget that shows and sets one field of the filter."""
    key = f"filter-{field}"
    st.session_state[key] = value

    def changed() -> None:
        given = read(st.session_state[key])
        value: Any = tuple(given) if isinstance(given, list) else given
        put(view, replace(wanted, **{field: value}))

    return {"key": key, "on_change": changed}


def _hardness(view: View, wanted: Filter) -> None:
    low, high = wanted.percentile or (0.0, 100.0)
    st.slider(
        "Hardness within the class, percentile",
        0,
        100,
        help="100 = the hardest of its class, 0 = the easiest.",
        **_bound(
            view,
            wanted,
            "percentile",
            (int(low), round(high)),
            lambda given: None if given == (0, 100) else (float(given[0]), float(given[1])),
        ),
    )
    scores = view.scores
    first, last = wanted.score or (float(scores.min()), float(scores.max()))
    columns = st.columns(2)
    for column, name, value in ((columns[0], "lowest", first), (columns[1], "highest", last)):
        key = f"filter-{name}"
        st.session_state[key] = float(value)
        column.number_input(
            f"Score, {name}", step=None, format="%.5g", key=key, on_change=_scored(view, wanted)
        )


def _scored(view: View, wanted: Filter) -> Callable[[], None]:
    def changed() -> None:
        low, high = (float(st.session_state[f"filter-{n}"] or 0) for n in ("lowest", "highest"))
        put(view, replace(wanted, score=(min(low, high), max(low, high))))

    return changed


def _decided(view: View, wanted: Filter) -> None:
    counts = _decided_counts(view, read_log(view.run.path).version)
    st.pills(
        "What people decided",
        list(DECIDED),
        selection_mode="multi",
        format_func=lambda key: f"{DECIDED[key].capitalize()} {counts[key]:,}",
        wrap=True,
        **_bound(view, wanted, "decided", list(wanted.decided), list),
    )


def _kinds(view: View, wanted: Filter) -> None:
    faults = int(view.run.info["counts"].get("faults", 0))
    if view.issues is None and not faults:
        return
    counts = _issue_counts(view)
    found = offered(view.run, ISSUES) if view.issues is not None else {}
    keys = [*found, *([FAULT] if faults else ())]

    def title(key: str) -> str:
        if key == FAULT:
            return f"Faults {faults:,}"
        return f"{ISSUES[key].title} {counts[key]:,}"

    words = [f"- **{one.title}**: {one.description}" for one in found.values()]
    st.pills(
        "Issues",
        keys,
        selection_mode="multi",
        format_func=title,
        label_visibility="collapsed",
        help="\n".join(words),
        wrap=True,
        **_bound(view, wanted, "issues", [issue for issue in wanted.issues if issue in keys], list),
    )


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_STAMP)
def _issue_counts(view: View) -> dict[str, int]:
    return {key: _count(view, Filter(issues=(key,))) for key in ISSUES}


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_STAMP)
def _decided_counts(view: View, version: tuple[int, ...]) -> dict[str, int]:  # noqa: ARG001
    return {key: _count(view, Filter(decided=(key,))) for key in DECIDED}


def _count(view: View, condition: Filter) -> int:
    return int(np.count_nonzero(mask_of(view, condition)))


def _steps(view: View, wanted: Filter) -> None:
    """Back, forth, invert and clear."""
    buttons = (
        ("Back", "arrow_back", "The selection before this one", lambda: go(view, -1),
         not can_go(view, -1)),
        ("Forth", "arrow_forward", "The selection after this one", lambda: go(view, 1),
         not can_go(view, 1)),
        ("Invert", "flip", "Show what is left out instead",
         lambda: put(view, replace(wanted, inverted=not wanted.inverted)), not wanted),
        ("Show all", "filter_alt_off", "Lift every filter", lambda: put(view, Filter()),
         not wanted),
    )  # fmt: skip
    for name, icon, words, act, disabled in buttons:
        alone = icon.startswith("arrow")
        st.button(
            f":material/{icon}:" if alone else name,
            icon=None if alone else f":material/{icon}:",
            key=f"filter-{name.lower().replace(' ', '-')}",
            help=words,
            disabled=disabled,
            on_click=act,
        )
