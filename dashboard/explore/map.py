"""The map on the Explore page: points, colours, lasso, and what stands in while there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from dashboard import media, slow_strategies
from dashboard.charts import MARGIN
from dashboard.explore import filter_in_address
from dashboard.explore.map_colours import (
    CALLED_BEFORE,
    CATEGORIES,
    QUIET,
    coloured,
    colourings,
    priority,
)
from dashboard.scatter import Scale, Swatches, scatter
from dashboard.session_keys import MAP, NO_WEBGL, OPEN_KEY
from dashboard.settings_in_address import chosen, widget
from dashboard.slow_strategy_panel import choosing_panel
from dlc_core.analysis.filter import Filter
from dlc_core.analysis.filter_masks import map_name
from dlc_core.analysis.run_view import View
from dlc_core.plurals import counted

HEIGHT = 390  # pixels
_PLAIN_POINTS = 5000  # of the plotly chart


def colour_choice(view: View) -> str:
    """Show what the colours may say; return what they do."""
    ways = colourings(view)
    names = list(ways)
    name = chosen("colour", names, names[0], before=CALLED_BEFORE)
    st.selectbox(
        "Colour",
        names,
        format_func=lambda key: ways[key].title,
        label_visibility="collapsed",
        width=190,
        **widget("colour", name),
    )
    return name


def draw_map(view: View, wanted: Filter, shown: NDArray[np.bool_], picked: list[int]) -> None:
    """Draw the map of a view that has coordinates.

    Args:
        view: the run.
        wanted: the filter in use.
        shown: (N,) the samples that meet it.
        picked: rows to ring.
    """
    assert view.map is not None
    name = _name(view)
    values, meaning = coloured(view, name, wanted.classes)
    waited = slow_strategies.wanted(slow_strategies.PRESENT) if name == "subset" else None
    if waited is not None:
        choosing_panel(waited, what="What is kept and dropped")
    if st.session_state.get(NO_WEBGL):
        _plain(view, shown, values, meaning)
        return

    def lassoed() -> None:
        polygon = st.session_state[MAP]["lasso"]["polygon"]
        corners = tuple(float(f"{value:.4g}") for value in polygon)  # as the address has them
        filter_in_address.put(view, replace(wanted, lasso=corners, lasso_map=map_name(view)))

    def opened() -> None:
        row = int(st.session_state[MAP]["open"])
        if 0 <= row < len(view):
            st.session_state[OPEN_KEY] = (view.run.name, int(view.ids[row]))

    def missing() -> None:
        st.session_state[NO_WEBGL] = True

    scatter(
        key=MAP,
        points_url=_points_url(view),
        colours_url=media.array_url(values),
        order_url=media.array_url(priority(view)),
        count=len(view),
        colouring=meaning,
        shown=shown if wanted else None,
        polygon=wanted.lasso,
        selected=picked,
        thumbnail_url=media.thumbnails_url(view.run),
        sample_url=media.samples_url(view.run, view.score),
        height=HEIGHT,
        on_lasso_change=lassoed,
        on_open_change=opened,
        on_fallback_change=missing,
        on_cleared_change=lambda: filter_in_address.put(view, wanted.without("lasso", "lasso_map")),
    )


def _name(view: View) -> str:
    names = list(colourings(view))
    return chosen("colour", names, names[0], before=CALLED_BEFORE)


def _points_url(view: View) -> str:
    assert view.map is not None
    return media.array_url(view.map.astype("<f4", copy=False))


def _plain(
    view: View, shown: NDArray[np.bool_], values: NDArray[np.uint8], meaning: Scale | Swatches
) -> None:
    """Draw a stratified part of what is shown with plotly."""
    assert view.map is not None
    rows = np.flatnonzero(shown)
    if len(rows) > _PLAIN_POINTS:  # every class gives its share
        order = np.lexsort((np.random.default_rng(0).random(len(rows)), view.class_ids[rows]))
        rows = np.sort(rows[order[:: -(-len(rows) // _PLAIN_POINTS)]])
    rows = rows[np.argsort(view.percentile[rows], kind="stable")]
    marker: dict[str, object] = {"size": 5}
    if isinstance(meaning, Scale):
        marker |= {"color": values[rows], "cmin": 0, "cmax": 255, "colorscale": [
            [i / (len(meaning.stops) - 1), stop] for i, stop in enumerate(meaning.stops)
        ]}  # fmt: skip
    else:
        palette = [colour for _, colour in meaning.entries] or list(CATEGORIES)
        marker["color"] = [palette[v] if v < len(palette) else QUIET for v in values[rows]]
    figure = go.Figure(
        go.Scatter(
            x=view.map[rows, 0], y=view.map[rows, 1], mode="markers", marker=marker,
            customdata=view.ids[rows], hovertemplate="sample %{customdata}<extra></extra>",
        )
    )  # fmt: skip
    hidden = {"visible": False}
    figure.update_layout(height=HEIGHT, margin=MARGIN, xaxis=hidden, yaxis=hidden, dragmode="pan")
    st.plotly_chart(figure, key="plain-map", config={"displayModeBar": False}, alt="Map of samples")
    st.caption(
        f"This browser has no WebGL2: {len(rows):,} of {counted(int(shown.sum()), 'sample')} are "
        "drawn, without a lasso. The filters above work on all of them."
    )
