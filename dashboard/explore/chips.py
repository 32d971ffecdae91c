"""The filter in words: a chip for each condition, with its count; a click lifts it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard.escaping import for_markdown, shortened
from dashboard.explore import filter_in_address
from dashboard.explore.score import use_score
from dlc_core.analysis.filter import DECIDED, FAULT, Filter, column_range
from dlc_core.analysis.filter_masks import mask_of
from dlc_core.analysis.run_view import View
from dlc_core.issues import ISSUES
from dlc_core.plurals import counted
from dlc_core.scores import OWN

_MOST = 6  # chips for single classes; more of them share one


def chips(view: View, wanted: Filter, count: int) -> None:
    """Show how many samples are in view, and the conditions.

    Args:
        view: the run.
        wanted: the filter in use.
        count: samples that meet it.
    """
    what = "Shown" if wanted else "All samples"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="chips"):
        of = f" of {len(view):,}" if wanted else ""
        st.markdown(f"**{what}: {count:,}**{of}", width="content")
        if view.score != OWN:
            st.button(
                f"hardness by {for_markdown(view.score)}",
                icon=":material/close:",
                icon_position="right",
                key="chip-by",
                help="Go by the run's own score again",
                on_click=use_score,
                args=(view, wanted, OWN),
            )
        for key, (words, condition, rest) in parts(view, wanted).items():
            number = "" if condition is None else f" · {_count(view, condition):,}"
            st.button(
                f"{words}{number}",
                icon=":material/close:",
                icon_position="right",
                key=f"chip-{key}",
                help="Lift this condition",
                type="secondary",
                on_click=filter_in_address.put,
                args=(view, rest),
            )


def _count(view: View, condition: Filter) -> int:
    return int(np.count_nonzero(mask_of(view, condition)))


def parts(view: View, wanted: Filter) -> dict[str, tuple[str, Filter | None, Filter]]:
    """Return each chip: its words, its condition (None = not of samples), the filter without it."""
    found: dict[str, tuple[str, Filter | None, Filter]] = {}

    def name(class_id: int) -> str:
        return for_markdown(shortened(view.classes[class_id], 24))

    for field, prefix in (("classes", ""), ("looks_like", "looks like ")):
        ids: tuple[int, ...] = getattr(wanted, field)
        if len(ids) > _MOST:
            found[field] = (
                f"{prefix}{counted(len(ids), 'class')}",
                _only(field, ids),
                wanted.without(field),
            )
            continue
        for class_id in ids:
            left = tuple(other for other in ids if other != class_id)
            found[f"{field}-{class_id}"] = (
                f"{prefix}{name(class_id)}",
                _only(field, (class_id,)),
                replace(wanted, **{field: left}),  # type: ignore[arg-type]
            )
    if wanted.name:
        words = f"name has {for_markdown(shortened(wanted.name, 24))}"
        found["name"] = (words, Filter(name=wanted.name), wanted.without("name"))
    if wanted.score is not None:
        low, high = wanted.score
        digits = significant(low, high)
        words = f"score {low:.{digits}g} to {high:.{digits}g}"
        found["score"] = (words, Filter(score=wanted.score), wanted.without("score"))
    if wanted.percentile is not None:
        low, high = wanted.percentile
        words = f"hardness {low:.0f} to {high:.0f}"
        condition = Filter(percentile=wanted.percentile)
        found["percentile"] = (words, condition, wanted.without("percentile"))
    for issue in wanted.issues:
        issues = tuple(other for other in wanted.issues if other != issue)
        condition_of = None if issue == FAULT else Filter(issues=(issue,))
        title = "Faults" if issue == FAULT else ISSUES[issue].title
        found[f"issue-{issue}"] = (title, condition_of, replace(wanted, issues=issues))
    for key in wanted.decided:
        left_over = tuple(other for other in wanted.decided if other != key)
        condition = Filter(decided=(key,))
        found[f"decided-{key}"] = (DECIDED[key], condition, replace(wanted, decided=left_over))
    if wanted.lasso:
        condition = Filter(lasso=wanted.lasso, lasso_map=wanted.lasso_map)
        found["lasso"] = ("lasso", condition, wanted.without("lasso", "lasso_map"))
    if wanted.subset:
        condition = Filter(subset=wanted.subset)
        found["subset"] = ("brought-back subset", condition, wanted.without("subset"))
    for pair in wanted.columns:
        others = tuple(other for other in wanted.columns if other != pair)
        condition, rest = Filter(columns=(pair,)), replace(wanted, columns=others)
        found[f"column-{len(found)}"] = (_column_words(*pair), condition, rest)
    if wanted.inverted:
        found["inverted"] = ("inverted", None, wanted.without("inverted"))
    return found


def _column_words(name: str, value: str) -> str:
    given = column_range(value)
    said = f"{given[0]:g} to {given[1]:g}" if given else shortened(value, 24) or "empty"
    return f"{for_markdown(shortened(name, 20))}: {for_markdown(said)}"


def significant(low: float, high: float) -> int:
    """Return how many digits two numbers need, so that what lies between them can be told."""
    size, span = max(abs(low), abs(high)), abs(high - low)
    return 3 if not span else min(12, max(3, 2 + math.ceil(math.log10(size / span))))


def _only(field: str, ids: tuple[int, ...]) -> Filter:
    return replace(Filter(), **{field: ids})  # type: ignore[arg-type]
