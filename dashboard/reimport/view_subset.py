"""A subset that comes back beside the recipe of now, and on Explore."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.escaping import for_markdown
from dashboard.explore import filter_in_address
from dashboard.recipe import current_recipe, subset
from dlc_core.analysis.filter import Filter
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.plurals import counted
from dlc_core.reimport import keep_ids


def overlap(view: View, ids: NDArray[np.int64]) -> None:
    """Say how many of the samples the controls' recipe keeps, too, and how many chance would."""
    try:
        kept = subset(view, current_recipe(view)).ids
    except DLCError:
        return  # the page says why
    both = len(np.intersect1d(ids, kept, assume_unique=True))
    chance = len(ids) * len(kept) / len(view)
    st.caption(
        f"Beside the recipe of the controls, which keeps {len(kept):,}: "
        f"**{counted(both, 'sample')} {'is' if both == 1 else 'are'} in both**, "
        f"{len(ids) - both:,} only in the file, {len(kept) - both:,} only by the controls. "
        f"A random subset of that size would share about {chance:,.0f}."
    )


def show_button(view: View, ids: NDArray[np.int64]) -> None:
    """Offer to see the samples on Explore: the run keeps the ids, the address their name."""
    if st.button(
        "Show in Explore", key="brought-show", icon=":material/scatter_plot:",
        help="As a filter, to combine with others. Its link works as long as the run keeps the "
        "ids: it does with the last 50 shown.",
    ):  # fmt: skip
        try:
            name = keep_ids(view.run.path, ids)
        except DLCError as error:
            st.error(for_markdown(str(error)), icon=":material/error:")
            return
        filter_in_address.put(view, Filter(subset=name))
        st.switch_page("pages/explore.py")
