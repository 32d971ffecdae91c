"""What two recipes have in common and where they differ: settings, histograms, classes, pictures.

Drawn with plain HTML, as for one recipe: a slider of A redraws all of it.
"""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import charts
from dashboard.escaping import for_markdown, shortened, visible_name
from dashboard.prune.consequences import HEIGHT, MOST_BARS, draw_histogram, legend
from dashboard.prune.map_and_examples import COLOURS, draw_pair_map, draw_pair_pictures
from dashboard.prune.pools import draw_pools, has_pools
from dashboard.prune.recipe_words import settings_beside
from dlc_core.analysis.by_score import by_score
from dlc_core.analysis.compare_subsets import PARTS, Side, SubsetPair
from dlc_core.analysis.run_view import View

_DIFFERS = "background:color-mix(in srgb, #E69F00 18%, transparent);font-weight:600"
_CELL = "padding:3px 10px;border-top:1px solid color-mix(in srgb, currentColor 15%, transparent)"


def draw_pair(view: View, pair: SubsetPair) -> DeltaGenerator:
    """Draw all that the page shows of one recipe, of both; return the place for the measures."""
    draw_settings(view, pair)
    draw_overlap(pair)
    pools, histograms, classes = st.container(), st.container(), st.container()
    chart, pictures = st.columns([1, 1], gap="medium")
    with chart:  # first, because the browser takes longest to draw it
        if view.map is None:
            st.caption("The map comes when it has been computed.")
        else:
            draw_pair_map(view, pair)
    sides = (pair.a, pair.b)
    if any(has_pools(side.recipe) for side in sides):
        for side, column in zip(sides, pools.columns(2, gap="medium"), strict=True):
            if has_pools(side.recipe):
                with column:
                    draw_pools(
                        by_score(view, side.recipe.score), side.recipe, of=f"{side.letter}: "
                    )
    for side, column in zip(sides, histograms.columns(2, gap="medium"), strict=True):
        with column:
            draw_histogram(by_score(view, side.recipe.score), side.mask, of=f"{side.letter}: ")
    with classes:
        draw_pair_classes(view, pair)
    with pictures:
        draw_pair_pictures(view, pair)
    return st.container()


def draw_settings(view: View, pair: SubsetPair) -> None:
    """Show the settings in words, those that differ marked, and what comes of them."""
    st.markdown(
        f"**Two recipes**: A is this one, B is {for_markdown(shortened(pair.b.name, 30))}; "
        "what differs is marked"
    )
    rows = [*settings_beside(pair.a.recipe, pair.b.recipe), *_outcome(view, pair)]
    cells = "".join(
        f'<span style="{_CELL};opacity:.75">{html.escape(title)}</span>'
        + "".join(
            f'<span style="{_CELL};overflow-wrap:anywhere;{_DIFFERS if one != other else ""}">'
            f"{html.escape(words)}</span>"
            for words in (one, other)
        )
        for title, one, other in rows
    )
    name = html.escape(shortened(visible_name(pair.b.name), 30))
    st.html(
        '<div style="font-size:14px;display:grid;'
        'grid-template-columns:fit-content(34%) minmax(0,1fr) minmax(0,1fr)">'
        f'<span></span><b style="padding:3px 10px">A: this one</b>'
        f'<b style="padding:3px 10px;overflow-wrap:anywhere">B: {name}</b>{cells}</div>'
    )


def _outcome(view: View, pair: SubsetPair) -> list[tuple[str, str, str]]:
    def of(side: Side) -> tuple[str, str, str]:
        held = np.bincount(view.class_ids[side.mask], minlength=len(view.classes))
        share = 100 * len(side.kept) / max(1, side.kept.total)
        middle = f"{np.median(view.percentile[side.mask]):.0f}" if len(side.kept) else "–"
        empty = int(np.count_nonzero(held[view.present] == 0))
        return f"{len(side.kept):,} ({share:.1f} %)", middle, f"{empty:,}"

    titles = ("Kept", "Median hardness of the kept", "Classes that keep none")
    return list(zip(titles, of(pair.a), of(pair.b), strict=True))


def draw_overlap(pair: SubsetPair) -> None:
    """Draw how many samples are in both, only in A and only in B."""
    both, only_a, only_b, neither = pair.counts
    swatch = "display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:6px"
    order = (1, 0, 2)  # A's own, shared, B's own: A is the left two, B the right two
    counts = (both, only_a, only_b)
    bar = "".join(
        f'<span title="{counts[part]:,} {PARTS[part]}" '
        f'style="flex:{counts[part]} 0 0;background:{COLOURS[part]}"></span>'
        for part in order
    )
    words = "".join(
        f'<span><span style="{swatch};background:{COLOURS[part]}"></span>{counts[part]:,} '
        f"{PARTS[part]}</span>"
        for part in order
    )
    st.html(
        '<div style="font-size:14px"><div role="img" aria-label="How much A and B share" '
        f'style="display:flex;height:16px;border-radius:4px;overflow:hidden">{bar}</div>'
        f'<div style="display:flex;flex-wrap:wrap;gap:2px 18px;padding-top:6px">{words}'
        f'<span style="opacity:.75">{neither:,} in neither</span></div></div>'
    )
    st.caption(f"Two random subsets of these sizes would share about {pair.by_chance:,.0f}.")


def draw_pair_classes(view: View, pair: SubsetPair) -> None:
    """Draw how much of each class each side keeps."""
    st.markdown("**Per class**: kept of all, A above B")
    held = [
        np.bincount(view.class_ids[side.mask], minlength=len(view.classes))[view.present]
        for side in (pair.a, pair.b)
    ]
    counts, names = view.class_counts[view.present], [view.classes[c] for c in view.present]
    if len(names) > MOST_BARS:
        shown = [visible_name(name) for name in names]
        table = pd.DataFrame({"class": shown, "A": held[0], "B": held[1], "all": counts})
        table.insert(3, "A less B", held[0] - held[1])
        st.dataframe(table, hide_index=True, height=HEIGHT + 60)
        return
    longest = max(1, int(counts.max()))
    rows = "".join(
        _bars(name, one, other, n, longest)
        for name, one, other, n in zip(
            names, held[0].tolist(), held[1].tolist(), counts.tolist(), strict=True
        )
    )
    st.html(
        f'<div style="font-size:13px">{legend()}<div style="display:grid;gap:7px 8px;'
        "align-items:center;grid-template-columns:minmax(3rem,max-content) minmax(0,1fr) "
        f'max-content">{rows}</div></div>'
    )


def _bars(name: str, one: int, other: int, count: int, longest: int) -> str:
    lines = "".join(
        f'<span style="display:flex;height:9px;margin:1px 0">'
        f'<span style="width:{100 * kept / longest:.2f}%;background:{charts.KEPT}"></span>'
        f'<span style="width:{100 * (count - kept) / longest:.2f}%;'
        f'background:{charts.dropped_colour()}"></span></span>'
        for kept in (one, other)
    )
    shown = html.escape(shortened(visible_name(name), 18))
    return (
        f'<span style="text-align:right">{shown}</span><span>{lines}</span>'
        f'<span style="font-variant-numeric:tabular-nums">A {one:,}, B {other:,} of {count:,}'
        "</span>"
    )
