"""What is exported, in words."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.export.file_names import in_words
from dlc_core.analysis.run_view import View
from dlc_core.export import PARTS
from dlc_core.plurals import counted
from dlc_core.recipes import Subset


def summary(view: View, kept: Subset) -> None:
    """Say how many samples are kept, by which recipe, and what people decided about them."""
    st.markdown(
        f"**{len(kept):,} of {counted(kept.total, 'sample')}** of {for_markdown(view.run.name)}: "
        f"{for_markdown(in_words(kept.recipe))}"
    )
    relabels = relabelled(view)
    said = [
        words
        for count, words in (
            (kept.pinned, f"{counted(kept.pinned, 'pinned sample')} kept"),
            (kept.excluded, f"{counted(kept.excluded, 'excluded sample')} left out"),
            (kept.copies, f"{counted(kept.copies, 'sample')} left out as copies"),
            (relabels, f"{counted(relabels, 'relabel')} of the run applied"),
        )
        if count
    ]
    if said:
        st.caption("Decisions honoured: " + " · ".join(said) + ".")


def relabelled(view: View) -> int:
    """Return how many samples have another label by a person's decision."""
    decided = view.decided().relabelled
    rows = np.searchsorted(view.ids, np.fromiter(decided, np.int64, len(decided)))
    own = (view.classes[class_id] for class_id in view.class_ids[rows].tolist())
    return sum(map(str.__ne__, own, decided.values()))


def part_control(kept: Subset) -> str:
    """Ask which samples are exported; return a key of PARTS."""
    counts = {"kept": len(kept), "dropped": kept.dropped, "both": kept.total}
    chosen = st.segmented_control(
        "Samples",
        list(PARTS),
        default="kept",
        required=True,
        key="export-part",
        format_func=lambda part: f"{part.capitalize()} · {counts[part]:,}",
        help="\n".join(f"- **{part}**: {what}" for part, what in PARTS.items()),
    )
    return str(chosen or "kept")
