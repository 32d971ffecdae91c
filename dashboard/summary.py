"""A run's numbers in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.view import View


def classes_word(info: Mapping[str, Any]) -> str:
    """Return what the classes of a run are called: nobody should take clusters for labels."""
    return "clusters" if info["dataset"].get("labels") == "clusters" else "classes"


def summary(view: View) -> None:
    """Show how many samples, classes and faults there are, and how much the backbone knows."""
    info = view.run.info
    accuracy, chance = info.get("nearest_centroid_accuracy"), 100 / max(1, len(view.present))
    known = "unknown" if accuracy is None else f"{100 * accuracy:.1f} %"
    faults = int(info["counts"].get("faults", 0))
    st.caption(
        f"**{len(view):,}** samples · **{len(view.present):,}** {classes_word(info)} · "
        f"**{faults:,}** fault{'' if faults == 1 else 's'} · nearest-centroid accuracy **{known}** "
        f"(chance {chance:.1f} %)",
        help="How much the unmasked backbone knows of these classes: the share of samples that lie "
        "nearest to their own class's centroid. Near chance, the scores mean little.",
    )
