"""What is measured of the subset on the Prune page, in a sentence, and the way to the rest."""

from __future__ import annotations

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.evidence.looking import looking
from dashboard.evidence.shown_record import is_probe
from dlc_core.analysis.run_view import View
from dlc_core.evidence.arm_names import title
from dlc_core.evidence.live_record import Reading, reading_of
from dlc_core.evidence.nearest_measured import near, nearest, off, present
from dlc_core.evidence.validity import holds, is_of_smaller_subsets, recorded
from dlc_core.evidence.words import advice
from dlc_core.recipes import Recipe

_NOT_YET = (
    "Whether this subset trains as well as a random one of the same size is not measured yet. "
    "Published gains over random are a few points at 10 % kept and vanish as more is kept; a wrong "
    "split can cost much more than that."
)


def draw_measured(view: View, recipe: Recipe) -> None:
    """Say what the newest evidence of the run says near the recipe's keep_ratio."""
    text, label = _NOT_YET, "Measure it"
    with looking():
        found = _newest(view)
    if found is not None:
        reading, fits = found
        ratio = nearest(reading.found, recipe.keep_ratio)
        if ratio is not None and near(ratio, recipe.keep_ratio):
            old = "Measured before scores or decisions changed: " if fits is False else "Measured: "
            said = advice(reading.found, ratio, named=title)
            mine = present(reading.found, recipe, ratio)
            text = " ".join(filter(None, (f"{old}{said}", mine, off(ratio, recipe.keep_ratio))))
            label = "The evidence"
    st.markdown(for_markdown(text))
    st.page_link("pages/evidence.py", label=label, icon=":material/science:")


def _newest(view: View) -> tuple[Reading, bool | None] | None:
    """Return the newest record of the probe that holds for the run as it is, else the newest."""
    stale: tuple[Reading, bool | None] | None = None
    for folder, settings in recorded(view.run.path):
        if not is_probe(settings) or is_of_smaller_subsets(settings):
            continue
        fits = holds(view, folder, settings)
        if fits is False and stale is not None:
            continue
        reading = reading_of(folder)
        if reading is not None and fits is not False:
            return reading, fits
        if reading is not None:
            stale = reading, fits
    return stale
