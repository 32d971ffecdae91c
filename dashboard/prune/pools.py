"""FlexRand at a glance: the two pools of a class, and how densely each is drawn from."""

from __future__ import annotations

import streamlit as st

from dashboard.charts import KEPT
from dashboard.view import View
from dlc_core.selection import Recipe
from dlc_core.selection.flexrand import pools
from dlc_core.selection.subset import prepared

HARD = "#E69F00"
_WIDTH, _HEIGHT, _FLOOR = 1000, 132, 106  # of the drawing, and where its bars stand


def draw_pools(view: View, recipe: Recipe) -> None:
    """Draw both pools over the percentile, as high as they are sampled against plain random."""
    samples, _ = prepared(view.run, view.candidates, recipe)
    found = pools(samples, keep_ratio=recipe.keep_ratio, gamma=recipe.gamma)
    easy, eligible = int(found.sizes.sum()), samples.eligible
    quotas = (int(found.easy.sum()), int(found.hard.sum()))
    overall = sum(quotas) / max(1, eligible)
    bars: list[tuple[float, float, float, str]] = []  # left, right, times random, colour
    words = []
    cut = easy / max(1, eligible)
    for name, size, quota, left, right, colour in (
        ("easy", easy, quotas[0], 0.0, cut, KEPT),
        ("hard", eligible - easy, quotas[1], cut, 1.0, HARD),
    ):
        if size and overall:
            factor = quota / size / overall
            bars.append((left, right, factor, colour))
            share = 100 * quota / size
            words.append(
                f"{quota:,} of the {size:,} {name} ones ({share:.0f} %, {factor:.2g}× random)"
            )
    st.markdown("**Two pools**: how densely each is drawn from; the dotted line is plain random")
    st.html(_drawing(bars))
    st.caption(f"Draws {' and '.join(words)}, at random, class by class. {_lean(recipe.gamma)}")


def _drawing(bars: list[tuple[float, float, float, str]]) -> str:
    """Return the drawing as SVG; plotly would take longer than all the rest of a slider's step."""
    highest = max([1.0, *(factor for _, _, factor, _ in bars)])
    scale = (_FLOOR - 22) / highest
    parts = []
    for left, right, factor, colour in bars:
        x, width, height = left * _WIDTH, (right - left) * _WIDTH, factor * scale
        parts.append(
            f'<rect x="{x:.1f}" y="{_FLOOR - height:.1f}" width="{max(0, width - 2):.1f}" '
            f'height="{height:.1f}" fill="{colour}" rx="3"/>'
            f'<text x="{x + width / 2:.1f}" y="{_FLOOR - height - 6:.1f}" text-anchor="middle">'
            f"{factor:.2g}×</text>"
        )
    line = _FLOOR - scale
    parts.append(
        f'<line x1="0" x2="{_WIDTH}" y1="{line:.1f}" y2="{line:.1f}" stroke="#8892A0" '
        f'stroke-dasharray="4 4" stroke-width="1.5"/>'
        f'<text x="0" y="{_HEIGHT - 8}">easiest of the class</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT - 8}" text-anchor="end">hardest</text>'
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" style="width: 100%; height: auto; '
        f'max-height: 150px; fill: currentColor; font-size: 15px" '
        f'aria-label="How densely the easy and the hard pool are drawn from, against random">'
        f"{''.join(parts)}</svg>"
    )


def _lean(gamma: float) -> str:
    if gamma in (0.0, 0.5, 1.0):
        return "At 0, 50 and 100 % this is nearly plain random."
    return f"This split leans {'easy' if gamma < 0.5 else 'hard'}."
