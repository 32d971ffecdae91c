"""The histogram on the Explore page: the scores of what is shown, over all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.charts import BINS, score_bins, score_edges
from dashboard.escaping import for_markdown, shortened, visible_name
from dashboard.explore import filter_in_address
from dashboard.explore.map_colours import CATEGORIES, QUIET
from dashboard.histogram import Part, histogram
from dashboard.settings_in_address import chosen, widget
from dashboard.view_cache import BY_STAMP
from dlc_core.analysis.by_score import said
from dlc_core.analysis.filter import Filter
from dlc_core.analysis.run_view import View

_KEY = "brush"
_WAYS = {"all": "All together", "class": "By class"}


def draw_histogram(view: View, wanted: Filter, shown: NDArray[np.bool_]) -> None:
    """Draw the histogram; brushing it sets the filter's range of scores.

    Args:
        view: the run.
        wanted: the filter in use.
        shown: (N,) the samples that meet it.
    """
    edges, bins, everything = _binned(view)
    way = chosen("bars", list(_WAYS), "all")
    title, choice = st.columns([3, 2], vertical_alignment="center")
    together = np.bincount(bins[shown], minlength=BINS)
    parts: list[Part] = [(together, "var(--st-primary-color)", "")]
    if way == "class":
        parts = _by_class(view, shown, bins)
    title.markdown(
        f"**Scores**{for_markdown(said(view))} :small[coloured: what is shown; grey: all samples]"
    )
    with choice.container(horizontal=True, horizontal_alignment="right"):
        st.segmented_control(
            "Bars",
            list(_WAYS),
            format_func=_WAYS.__getitem__,
            required=True,
            label_visibility="collapsed",
            **widget("bars", way),
        )

    def brushed() -> None:
        found = st.session_state[_KEY]["range"]
        filter_in_address.put(view, replace(wanted, score=(found[0], found[1]) if found else None))

    histogram(
        key=_KEY,
        edges=edges,
        everything=everything,
        parts=parts,
        chosen=wanted.score,
        limits=(float(view.scores.min()), float(view.scores.max())),
        label="Histogram of scores; arrow keys move, Shift and arrows widen, Enter chooses",
        on_range_change=brushed,
    )


def _by_class(view: View, shown: NDArray[np.bool_], bins: NDArray[np.int64]) -> list[Part]:
    """Return a part for each of the largest classes shown, and one for the rest of them."""
    counts = np.bincount(view.class_ids[shown], minlength=len(view.classes))
    largest = [int(c) for c in np.argsort(-counts, kind="stable") if counts[c]][: len(CATEGORIES)]
    parts: list[Part] = []
    rest = shown.copy()
    for colour, class_id in zip(CATEGORIES, sorted(largest), strict=False):
        members = shown & (view.class_ids == class_id)
        rest &= ~members
        name = shortened(visible_name(view.classes[class_id]), 18)
        parts.append((np.bincount(bins[members], minlength=BINS), colour, name))
    if rest.any():
        more = int(np.count_nonzero(counts)) - len(largest)
        parts.append((np.bincount(bins[rest], minlength=BINS), QUIET, f"{more:,} more"))
    return parts


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_STAMP)
def _binned(view: View) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    edges = score_edges(view.scores)
    bins = score_bins(view.scores, edges)
    return edges, bins, np.bincount(bins, minlength=BINS)
