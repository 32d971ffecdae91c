"""How much a recipe keeps and saves: samples, bytes, hours."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.recipe import kept_mask
from dashboard.view import BY_STAMP, View
from dlc_core.selection import Subset


def numbers(view: View, kept: Subset) -> None:
    """Show how much stays and goes, in samples, bytes and hours."""
    hours = float(st.session_state.get("hours") or 0.0)
    size = _bytes(view)
    columns = st.columns(4)
    columns[0].metric("Kept", f"{len(kept):,}", border=True)
    columns[1].metric("Dropped", f"{kept.dropped:,}", border=True)
    columns[2].metric("Of all samples", f"{100 * len(kept) / kept.total:.1f} %", border=True)
    gone = 1 - len(kept) / kept.total
    if hours:
        columns[3].metric(
            "Training time saved", f"{hours * gone:,.1f} h", border=True,
            help=f"Of {hours:g} h for the whole data, if time goes with the number of samples.",
        )  # fmt: skip
    elif size is not None:
        saved = int(size[~kept_mask(view, kept)].sum())
        columns[3].metric(
            "Disk saved", _in_units(saved), border=True, help="Size of the dropped files."
        )
    else:
        columns[3].metric("Disk saved", "–", border=True, help="The dataset's folder is not here.")


@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=BY_STAMP)
def _bytes(view: View) -> NDArray[np.int64] | None:
    """Return (N,) the size of each file, or None where the dataset is not at hand."""
    root = view.run.info["dataset"].get("root")
    if not root or not Path(root).is_dir():
        return None
    found = np.zeros(len(view), dtype=np.int64)
    for row, path in enumerate(view.samples["path"].tolist()):
        try:
            found[row] = os.stat(f"{root}/{path}").st_size  # noqa: PTH116 - quicker by half
        except OSError:
            continue
    return found


def _in_units(size: int) -> str:
    amount, unit = float(size), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            break
        amount /= 1000
    return f"{amount:.3g} {unit}"
