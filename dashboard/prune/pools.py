"""The pools that a strategy draws from, at a glance: how large they are, and how densely drawn."""

from __future__ import annotations

import streamlit as st

from dashboard.charts import KEPT
from dashboard.escaping import for_markdown
from dlc_core.analysis.by_score import said
from dlc_core.analysis.run_view import View
from dlc_core.recipes import Recipe
from dlc_core.recipes.subset import prepared
from dlc_core.selection import strategy

_COLOURS = (KEPT, "#E69F00", "#CC79A7", "#009E73")  # of the pools in turn
_NUMBERS = {1: "One pool", 2: "Two pools", 3: "Three pools"}
_HEIGHT = 80  # pixels of the higher bar
_ALIKE = 0.1  # times random; pools that differ by less are called alike


def has_pools(recipe: Recipe) -> bool:
    """Whether there is a picture of the pools that its strategy draws from."""
    return strategy(recipe.strategy).pools is not None


def draw_pools(view: View, recipe: Recipe, *, of: str = "") -> None:
    """Draw the pools over the percentile, as high as they are sampled against plain random.

    Args:
        view: the run.
        recipe: of a strategy with pools.
        of: whose they are, before the title: "A: ".
    """
    samples, _ = prepared(view.run, view.candidates, recipe)
    picture = strategy(recipe.strategy).pools
    assert picture is not None
    pools = picture(samples, keep_ratio=recipe.keep_ratio, **recipe.parameters)
    eligible = max(1, samples.eligible)
    overall = sum(pool.quota for pool in pools) / eligible
    bars: list[tuple[float, float, float, str]] = []  # left, right, times random, colour
    words = []
    left = 0.0
    for place, pool in enumerate(pools):
        right = left + pool.size / eligible
        if pool.size and overall:
            factor = pool.quota / pool.size / overall
            bars.append((left, right, factor, _COLOURS[place % len(_COLOURS)]))
            share = 100 * pool.quota / pool.size
            words.append(
                f"{pool.quota:,} of the {pool.size:,} {for_markdown(pool.name)} ones "
                f"({share:.0f} %, {factor:.2g}× random)"
            )
        left = right
    st.markdown(
        f"**{of}{_NUMBERS.get(len(pools), 'Pools')}**{for_markdown(said(view))}: how densely each "
        "is drawn from; the dotted line is plain random"
    )
    st.html(_drawing(bars))
    lean = _lean([factor for _, _, factor, _ in bars])
    after = " Then groups that stand for them are kept whole." if recipe.whole_groups else ""
    st.caption(f"Draws {' and '.join(words)}, at random, class by class. {lean}{after}")


def _drawing(bars: list[tuple[float, float, float, str]]) -> str:
    """Return the drawing as HTML; plotly would take longer than all the rest of a slider's step."""
    scale = _HEIGHT / max([1.0, *(factor for _, _, factor, _ in bars)])
    parts = [
        f'<div style="position:absolute;left:{100 * left:.2f}%;width:{100 * (right - left):.2f}%;'
        f"bottom:0;height:{factor * scale:.1f}px;background:{colour};border-radius:4px 4px 0 0;"
        f'box-sizing:border-box;border-right:2px solid transparent;background-clip:padding-box">'
        f'<span style="position:absolute;top:-1.6em;width:100%;text-align:center;'
        f'white-space:nowrap">{factor:.2g}×</span></div>'
        for left, right, factor, colour in bars
    ]
    return (
        '<div role="img" aria-label="How densely the pools are drawn from, '
        f'against random" style="font-size:13px"><div style="position:relative;margin-top:1.7em;'
        f'height:{_HEIGHT}px">{"".join(parts)}<div style="position:absolute;left:0;right:0;'
        f'bottom:{scale:.1f}px;border-top:2px dotted #8892A0"></div></div><div style="display:flex;'
        'justify-content:space-between;opacity:.8;padding-top:2px"><span>easiest of the class'
        "</span><span>hardest</span></div></div>"
    )


def _lean(factors: list[float]) -> str:
    """Say what the densities of the pools mean; whole numbers make small classes uneven."""
    if max(factors, default=1) - min(factors, default=1) < _ALIKE:
        return "This is nearly plain random."
    return f"This leans {'easy' if factors[0] > factors[-1] else 'hard'}."
