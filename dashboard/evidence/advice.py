"""What to do, in one sentence: the page's first word."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.evidence.naming import arm_of, title
from dlc_core.evidence import Finding
from dlc_core.evidence.arms import RANDOM
from dlc_core.evidence.words import advice, cheapest_words, many, verdict
from dlc_core.recipes import Recipe

NEAR = 1.5  # a measured keep_ratio at most so many times as large or small still speaks


def nearest(found: Sequence[Finding], keep_ratio: float) -> float | None:
    """Return the measured keep_ratio nearest to one; None if none below 1 was measured."""
    ratios = {one.keep_ratio for one in found if one.keep_ratio < 1}
    return min(ratios, key=lambda ratio: (_times(ratio, keep_ratio), ratio), default=None)


def near(ratio: float, keep_ratio: float) -> bool:
    """Whether what was measured at one keep_ratio says something of another."""
    return _times(ratio, keep_ratio) <= NEAR


def _times(one: float, other: float) -> float:
    return round(max(one, other) / min(one, other), 9)


def draw_advice(found: Sequence[Finding], recipe: Recipe) -> None:
    """Say what to do at the Prune page's keep_ratio, or at the nearest that was measured."""
    keep_ratio = recipe.keep_ratio
    ratio = nearest(found, keep_ratio)
    said = None if ratio is None else advice(found, ratio, named=title)
    if ratio is None or said is None:
        return
    colour, icon = _tone(found, ratio)
    with st.container(border=True, key="evidence-advice"):
        st.html(
            f'<div style="border-left:5px solid {colour};padding-left:14px">'
            f'<div style="font-size:1.25rem;font-weight:600;line-height:1.35">{icon} '
            f"{html.escape(said.headline)}</div>"
            f'<div style="font-size:1.05rem;padding-top:4px">'
            f"{html.escape(_capital(said.detail))}</div>"
            "</div>"
        )
        more = off(ratio, keep_ratio), present(found, recipe, ratio)
        st.caption(for_markdown(" ".join(filter(None, more))))


def off(ratio: float, keep_ratio: float) -> str:
    """Return that another keep_ratio was measured than the Prune page's; "" if not."""
    if abs(ratio - keep_ratio) <= 0.005:
        return ""
    return (
        f"The Prune page keeps {100 * keep_ratio:g} %; {100 * ratio:g} % is the nearest that was "
        "measured."
    )


def present(found: Sequence[Finding], recipe: Recipe, ratio: float) -> str:
    """Return how the Prune page's strategy does at a measured keep_ratio, as a sentence."""
    arm = arm_of(recipe)
    if arm is None:
        return "The Prune page's choice is of a kind that is not measured here."
    if arm == RANDOM:
        return "The Prune page has random."
    one = next((x for x in found if (x.arm, x.keep_ratio) == (arm.name, ratio)), None)
    if one is None or one.to_random is None:
        return f"The Prune page's choice, {title(arm.name)}, is not measured yet."
    gap = one.to_random
    return (
        f"The Prune page's choice, {title(arm.name)}: {100 * gap.mean:+.1f} points on random "
        f"[{100 * gap.low:+.1f}, {100 * gap.high:+.1f}], {gap.verdict}."
    )


def draw_beside(found: Sequence[Finding]) -> None:
    """Say what the smallest good subset is, and what many comparisons mean."""
    st.markdown(for_markdown(cheapest_words(found, named=title)))
    if words := many(found):
        st.caption(words)


def _tone(found: Sequence[Finding], ratio: float) -> tuple[str, str]:
    said = {verdict(one) for one in found if one.keep_ratio == ratio}
    if "better" in said:
        return "#009E73", "▲"
    return ("#98A2AE", "≈") if "within noise" in said else ("#D55E00", "▼")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
