"""What to do, in one sentence: the page's first word."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from dashboard.escaping import for_markdown
from dlc_core.evidence import Finding
from dlc_core.evidence.arm_names import title
from dlc_core.evidence.nearest_measured import nearest, off, present
from dlc_core.evidence.words import advice, cheapest_words, many, verdict
from dlc_core.recipes import Recipe


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
