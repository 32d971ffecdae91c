"""The other run beside the one in view, opened and compared once."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard.escaping import visible_name
from dashboard.view_cache import BY_STAMP, open_view
from dlc_core.analysis.run_pair import RunPair, run_pair_of
from dlc_core.analysis.run_view import View


def open_pair(first: View, other: Path) -> RunPair:
    """Open another run beside the one in view.

    Raises:
        DLCError: if it cannot be opened, or has too few samples in common.
    """
    return _compared(first, open_view(other))


@st.cache_resource(max_entries=2, show_spinner="Comparing …", hash_funcs=BY_STAMP)
def _compared(first: View, second: View) -> RunPair:
    return run_pair_of(first, second)


def per_class(pair: RunPair) -> pd.DataFrame:
    """Return label, samples, rank agreement and overlap of each class."""
    table = pair.found.per_class.copy()
    table["label"] = [visible_name(str(label)) for label in table["label"]]
    return table
