"""Kept and dropped over the hardness, and in each class.

Drawn with plain HTML: plotly needs 140 ms a step here, half of what a slider may take.
"""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import charts
from dashboard.escaping import for_markdown, shortened, visible_name
from dlc_core.analysis.by_score import said
from dlc_core.analysis.run_view import View

MOST_BARS = 30  # classes drawn as bars; more of them become a table
HEIGHT = 230  # pixels of the histogram
_NOTE = "display:flex;justify-content:space-between;opacity:.8;padding-top:2px"


def draw_histogram(view: View, mask: NDArray[np.bool_], *, of: str = "") -> None:
    """Draw kept and dropped over the percentile in the class, on axes that no recipe changes.

    Args:
        view: the run.
        mask: (N,) whether each sample is kept.
        of: whose it is, before the title: "A: ".
    """
    by = for_markdown(said(view))
    st.markdown(f"**{of}Hardness within the class**{by}: kept and dropped")
    edges = np.linspace(0, 100, charts.BINS + 1)
    bins = charts.score_bins(view.percentile, edges)
    every = np.bincount(bins, minlength=charts.BINS)
    kept = np.bincount(bins[mask], minlength=charts.BINS)
    scale = HEIGHT / max(1, int(every.max()))
    grey = charts.dropped_colour()
    parts = [
        f'<div title="percentile {low:.0f} to {high:.0f}: {k:,} kept, {n - k:,} dropped" '
        f'style="flex:1;display:flex;flex-direction:column;justify-content:flex-end">'
        f'<div style="height:{scale * (n - k):.1f}px;background:{grey}"></div>'
        f'<div style="height:{scale * k:.1f}px;background:{charts.KEPT}"></div></div>'
        for low, high, n, k in zip(edges, edges[1:], every.tolist(), kept.tolist(), strict=False)
    ]
    st.html(
        f'<div role="img" aria-label="Kept and dropped samples by percentile in the class" '
        f'style="font-size:13px">{legend()}<div style="display:flex;height:{HEIGHT}px;'
        f'align-items:stretch">{"".join(parts)}</div><div style="{_NOTE}"><span>0, easiest</span>'
        "<span>percentile in the class</span><span>100, hardest</span></div></div>"
    )


def draw_classes(view: View, mask: NDArray[np.bool_]) -> None:
    """Draw how much of each class is kept."""
    st.markdown("**Per class**: kept of all")
    kept = np.bincount(view.class_ids[mask], minlength=len(view.classes))[view.present]
    counts, names = view.class_counts[view.present], [view.classes[c] for c in view.present]
    if len(names) > MOST_BARS:
        shown = [visible_name(name) for name in names]
        table = pd.DataFrame({"class": shown, "kept": kept, "all": counts})
        st.dataframe(table, hide_index=True, height=HEIGHT + 60)
        return
    longest = max(1, int(counts.max()))
    rows = "".join(
        _class_bar(name, k, n, longest)
        for name, k, n in zip(names, kept.tolist(), counts.tolist(), strict=True)
    )
    st.html(
        f'<div style="font-size:13px">{legend()}<div style="display:grid;gap:4px 8px;'
        f'grid-template-columns:minmax(3rem,max-content) 1fr max-content">{rows}</div></div>'
    )


def _class_bar(name: str, kept: int, count: int, longest: int) -> str:
    shown = html.escape(shortened(visible_name(name), 18))
    return (
        f'<span style="text-align:right">{shown}</span>'
        f'<span style="display:flex;align-items:center;width:100%">'
        f'<span style="height:15px;width:{100 * kept / longest:.2f}%;background:{charts.KEPT}">'
        f'</span><span style="height:15px;width:{100 * (count - kept) / longest:.2f}%;'
        f'background:{charts.dropped_colour()}"></span></span>'
        f'<span style="font-variant-numeric:tabular-nums">{kept:,} of {count:,}</span>'
    )


def legend() -> str:
    """Return what the two colours mean, as HTML."""
    swatch = "display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:6px"
    return "".join(
        f'<span style="margin-right:16px"><span style="{swatch};background:{colour}"></span>'
        f"{name}</span>"
        for name, colour in (("kept", charts.KEPT), ("dropped", charts.dropped_colour()))
    ).join(('<div style="padding-bottom:8px">', "</div>"))
