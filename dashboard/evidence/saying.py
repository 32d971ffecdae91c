"""What to do, in one sentence: the page's first word."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from dashboard.evidence.naming import in_plain_words
from dlc_core.evidence import Finding
from dlc_core.evidence.words import advice, cheapest_words, many, verdict

NEAR = 0.1  # of the share of what is kept or dropped: a measured ratio this far off still speaks


def nearest(found: Sequence[Finding], keep_ratio: float) -> float | None:
    """Return the measured keep_ratio nearest to one; None if none below 1 was measured."""
    ratios = {one.keep_ratio for one in found if one.keep_ratio < 1}
    return min(ratios, key=lambda ratio: abs(ratio - keep_ratio), default=None)


def draw_advice(found: Sequence[Finding], keep_ratio: float) -> None:
    """Say what to do at the Prune page's keep_ratio, or at the nearest that was measured."""
    ratio = nearest(found, keep_ratio)
    text = "" if ratio is None else in_plain_words(advice(found, ratio))
    if ratio is None or not text:
        return
    colour, icon = _tone(found, ratio)
    with st.container(border=True, key="evidence-advice"):
        first, _, rest = text.partition("; ") if "; " in text else text.partition(": ")
        st.html(
            f'<div style="border-left:5px solid {colour};padding-left:14px">'
            f'<div style="font-size:1.25rem;font-weight:600;line-height:1.35">{icon} '
            f"{html.escape(first)}</div>"
            f'<div style="font-size:1.05rem;padding-top:2px">{html.escape(_capital(rest))}</div>'
            "</div>"
        )
        if abs(ratio - keep_ratio) > 0.005:
            st.caption(
                f"The Prune page keeps {100 * keep_ratio:g} %; {100 * ratio:g} % is the nearest "
                "that was measured."
            )


def draw_beside(found: Sequence[Finding]) -> None:
    """Say what the smallest good subset is, and what many comparisons mean."""
    st.markdown(in_plain_words(cheapest_words(found)))
    if words := many(found):
        st.caption(words)


def _tone(found: Sequence[Finding], ratio: float) -> tuple[str, str]:
    said = {verdict(one) for one in found if one.keep_ratio == ratio}
    if "better" in said:
        return "#009E73", "▲"
    return ("#98A2AE", "＝") if "within noise" in said else ("#D55E00", "▼")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
