"""Explore's selection: classes, map and histogram narrow down which samples the gallery shows."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.charts import MOST_CLASSES
from dashboard.hardness_map import LARGEST_MAP
from dashboard.text import for_markdown, for_plotly, shortened, visible_name
from dashboard.view import View

_TURN = "explore-turn"
ORDERS = ("Hardest", "Easiest")


def choose_classes(view: View) -> list[int]:
    """Show the class filter; return the chosen class ids, [] for all."""
    present = np.unique(view.class_ids).tolist()
    names = view.run.classes
    key = f"classes-{view.run.name}"  # a filter of one run means nothing to another
    if len(present) <= MOST_CLASSES:
        return (
            st.pills(
                "Classes",
                present,
                selection_mode="multi",
                format_func=lambda class_id: for_markdown(shortened(names[class_id], 20)),
                key=key,
                label_visibility="collapsed",
                wrap=True,
                on_change=first_page,
            )
            or []
        )
    return st.multiselect(
        "Classes",
        present,
        format_func=lambda class_id: visible_name(names[class_id]),
        key=key,
        placeholder="All classes",
        label_visibility="collapsed",
        on_change=first_page,
    )


def in_classes(view: View, wanted: list[int]) -> NDArray[np.bool_]:
    """Return (N,) whether each sample is in one of these classes; [] means all."""
    if not wanted:
        return np.ones(len(view.samples), dtype=np.bool_)
    return np.isin(view.class_ids, wanted)


def headline(view: View) -> None:
    """Show the run's numbers."""
    info = view.run.info
    accuracy = info.get("nearest_centroid_accuracy")
    chance = 1 / len(view.candidates.classes)
    columns = st.columns(4)
    columns[0].metric("Samples", f"{len(view.samples):,}", border=True)
    columns[1].metric("Classes", f"{len(view.candidates.classes):,}", border=True)
    columns[2].metric(
        "Nearest-centroid accuracy",
        "unknown" if accuracy is None else f"{100 * accuracy:.1f} %",
        border=True,
        help="How much the unmasked backbone knows of these classes: the share of samples that "
        f"lie nearest to their own class's centroid. Chance is about {100 * chance:.1f} %; near "
        "chance, the scores mean little.",
    )
    columns[3].metric(
        "Faults",
        f"{info['counts']['faults']:,}",
        border=True,
        help="Files that could not be read; they are listed below the Score page's runs.",
    )


def map_rows(inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the rows the map draws: all that are inside, or a random part of a bounded size."""
    rows = np.flatnonzero(inside)
    if len(rows) <= LARGEST_MAP:
        return rows
    return np.sort(np.random.default_rng(0).permutation(rows)[:LARGEST_MAP])


def map_note(shown: int, inside: int) -> None:
    """Say what the colours mean, and when the map shows a part only."""
    part = f" A random {shown:,} of {inside:,} samples are drawn." if shown < inside else ""
    st.caption(
        "UMAP of the features, coloured by hardness **within the class**: raw scores carry a "
        f"constant per class.{part} Drag to lasso, double-click to clear."
    )


def hover_texts(view: View, rows: NDArray[np.int64]) -> list[str]:
    """Return what the map says of each of these rows."""
    samples = view.samples.iloc[rows]
    return [
        f"{for_plotly(shortened(label))}<br>{for_plotly(shortened(path, 48))}"
        f"<br>hardness in class {percentile:.0f}"
        for label, path, percentile in zip(
            samples["label"], samples["path"], samples["percentile"], strict=True
        )
    ]


def selection(
    view: View,
    inside: NDArray[np.bool_],
    bins: NDArray[np.int64],
    *,
    map_key: str,
    histogram_key: str,
) -> tuple[NDArray[np.bool_], str]:
    """Return (N,) what map and histogram select inside the classes, and it in words."""
    chosen, words = inside, []
    points = _points(map_key)
    if points:
        ids = np.array([point["customdata"] for point in points]).ravel()
        chosen = chosen & np.isin(view.samples["id"].to_numpy(), ids)
        words.append("map selection")
    bars = _points(histogram_key)
    if bars:
        wanted = np.unique(np.array([bar["customdata"] for bar in bars]).ravel())
        chosen = chosen & np.isin(bins, wanted)
        words.append("score range")
    mark = str(sorted(words)) + str(int(chosen.sum()))
    if st.session_state.get("explore-selection") != mark:  # a new selection starts at page 1
        st.session_state["explore-selection"] = mark
        first_page()
    return chosen, " + ".join(words)


def _points(key: str) -> list[dict[str, object]]:
    event = st.session_state.get(key)
    return list(event["selection"]["points"]) if event else []


def order_control() -> str:
    """Show the gallery's order; return it."""
    return (
        st.segmented_control(
            "Order",
            ORDERS,
            default=ORDERS[0],
            required=True,
            key="order",
            label_visibility="collapsed",
            on_change=first_page,
        )
        or ORDERS[0]
    )


def ordered(view: View, rows: NDArray[np.int64], order: str) -> NDArray[np.int64]:
    """Return rows by hardness within their class; equal percentiles by class."""
    sign = -1 if order == "Hardest" else 1
    keys = (view.candidates.key_place[rows], view.class_ids[rows], sign * view.percentile[rows])
    return rows[np.lexsort(keys)]


def gallery_title(view: View, wanted: list[int], words: str, count: int, order: str) -> None:
    """Say what the gallery shows."""
    what = words.capitalize() if words else "All samples"
    if len(wanted) == 1:
        what += f" of {for_markdown(shortened(view.run.classes[wanted[0]]))}"
    elif wanted:
        what += f" of {len(wanted)} classes"
    first = f"{order.lower()} of its class first" if count else "nothing is selected here"
    st.markdown(f"**{what}: {count:,}** — {first}")


def first_page() -> None:
    """Turn the gallery back to its first page."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def page_key() -> str:
    """Return the key of the gallery's pages: a new one after each turn back, so it starts at 1."""
    return f"explore-page-{st.session_state.get(_TURN, 0)}"


def page_of(pages: int) -> int:
    """Return the gallery's page, in [1, pages]."""
    return min(int(st.session_state.get(page_key()) or 1), pages)
