"""What came of it: the gaps, the curves, the table; growing while it is measured."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.evidence.advice import draw_advice, draw_beside
from dashboard.evidence.curve_chart import METRICS, curve_chart
from dashboard.evidence.gap_chart import gap_chart
from dashboard.evidence.table import downloads, draw_table
from dlc_core.analysis.run_view import View
from dlc_core.evidence.live_record import Reading, reading_of
from dlc_core.evidence.trial import FULL
from dlc_core.evidence.validity import held_out_of
from dlc_core.evidence.words import shares_words
from dlc_core.plurals import counted
from dlc_core.recipes import Recipe

_EVERY = 2.0  # seconds between two looks while it is measured
_PLAIN = {"displayModeBar": False}


def draw_results(view: View, folder: Path, recipe: Recipe, *, running: bool) -> None:
    """Show a record; look again now and then while it grows.

    Args:
        view: of the run.
        folder: of the record.
        recipe: as it stands on the Prune page.
        running: whether it is being measured.
    """
    st.fragment(_draw, run_every=_EVERY if running else None)(view, folder, recipe)


def _draw(view: View, folder: Path, recipe: Recipe) -> None:
    reading = reading_of(folder)
    if reading is None:
        st.skeleton(height=200)
        st.caption("The first numbers come within seconds.")
        return
    if lines := reading.damaged:
        st.warning(
            f"{counted(len(lines), 'line')} of what was measured (the first: {lines[0]:,}) "
            f"{'is' if len(lines) == 1 else 'are'} not what was written and left out: measure "
            "again.",
            icon=":material/broken_image:",
        )
    draw_advice(reading.found, recipe)
    st.markdown("**Against random**: points of accuracy, with 95 % intervals")
    figure = gap_chart(reading.found)
    if reading.room is not None:
        st.caption(shares_words(reading.room))
    if figure is None:
        st.caption("Nothing but random is measured yet.")
    else:
        st.plotly_chart(
            figure, key="evidence-gaps", config=_PLAIN,
            alt="Gap to random in points of accuracy for each strategy and share kept",
        )  # fmt: skip
        st.caption(
            "Filled marks: better or worse than random. Hollow: within noise. "
            f"{_seeds(reading)}, judged on {for_markdown(held_out_of(reading.settings).words)}."
        )
    left, right = st.columns([3, 2], gap="large")
    with left:
        metric = st.segmented_control(
            "Measure of the curves", list(METRICS), default="accuracy", required=True,
            key="evidence-metric", format_func=METRICS.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
        metric = str(metric or "accuracy")
        st.plotly_chart(
            curve_chart(reading.found, metric), key="evidence-curves", config=_PLAIN,
            alt=f"{METRICS[metric]} over the share kept",
        )  # fmt: skip
        if metric != "accuracy":
            st.caption("Intervals are measured for accuracy only.")
    with right:
        st.markdown("**How much to keep**")
        draw_beside(reading.found)
        _take_away(view, reading)
    draw_table(reading)


def _seeds(reading: Reading) -> str:
    counts = [n for (_, arm), n in reading.seeds.items() if arm != FULL]
    low, high = min(counts, default=0), max(counts, default=0)
    return counted(low, "seed") if low == high else f"{low} to {counted(high, 'seed')}"


def _take_away(view: View, reading: Reading) -> None:
    st.markdown("**Take the findings away**")
    downloads(view, reading)
