"""A run's numbers in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dlc_core.analysis.run_view import View
from dlc_core.plurals import noun_of


def classes_word(info: Mapping[str, Any], count: int) -> str:
    """Return what so many classes are called: nobody should take clusters for labels."""
    noun = "cluster" if info["dataset"].get("labels") == "clusters" else "class"
    return noun_of(count, noun)


def summary(view: View) -> None:
    """Show how many samples, classes and faults there are, and how much the backbone knows."""
    info = view.run.info
    accuracy, chance = info.get("nearest_centroid_accuracy"), 100 / max(1, len(view.present))
    known = "unknown" if accuracy is None else f"{100 * accuracy:.1f} %"
    faults = int(info["counts"].get("faults", 0))
    st.caption(
        f"**{len(view):,}** {noun_of(len(view), 'sample')} · **{len(view.present):,}** "
        f"{classes_word(info, len(view.present))} · **{faults:,}** {noun_of(faults, 'fault')} · "
        f"nearest-centroid accuracy **{known}** (chance {chance:.1f} %)",
        help="How much the unmasked backbone knows of these classes: the share of samples that lie "
        "nearest to their own class's centroid. Near chance, the scores mean little.",
    )
