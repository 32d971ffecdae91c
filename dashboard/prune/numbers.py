"""How much a recipe keeps and saves: samples, bytes, hours."""

from __future__ import annotations

import contextlib

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.server_settings import require_readable
from dashboard.view_cache import BY_STAMP
from dlc_core.analysis.compare_subsets import kept_mask
from dlc_core.analysis.run_view import View
from dlc_core.data_files import data_status
from dlc_core.data_roots import OutsideRoots
from dlc_core.errors import DLCError
from dlc_core.plurals import counted
from dlc_core.recipes import Subset

MOST_FILES = 20_000  # whose sizes are looked up


def numbers(view: View, kept: Subset) -> None:
    """Show how much stays and goes, in samples, bytes and hours."""
    hours = float(st.session_state.get("hours") or 0.0)
    known = _sizes(view)
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
    elif known is not None:
        saved = dropped_bytes(*known, kept_mask(view, kept))
        part = len(known[0]) < len(view)
        columns[3].metric(
            "Disk saved", f"{'≈ ' if part else ''}{_in_units(saved)}", border=True,
            help="Size of the dropped files"
            + (f", estimated from {counted(len(known[0]), 'file')}." if part else "."),
        )  # fmt: skip
    else:
        columns[3].metric("Disk saved", "–", border=True, help="The dataset's folder is not here.")


@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=BY_STAMP)
def _sizes(view: View) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Return (rows, their files' sizes in bytes): of all samples, or of a random part of many.

    None where the dataset is not at hand, or lies where this dashboard may not read.
    """
    try:
        root = require_readable(str(view.run.info["dataset"].get("root") or ""))
    except DLCError:
        return None
    if not root.is_dir():
        return None
    rows = np.sort(np.random.default_rng(0).permutation(len(view))[:MOST_FILES])
    sizes = np.zeros(len(rows), dtype=np.int64)
    for place, row in enumerate(rows.tolist()):
        with contextlib.suppress(OSError, OutsideRoots):  # a file that is gone, a link
            sizes[place] = data_status(root / view.path(row)).st_size
    return rows, sizes


def dropped_bytes(
    rows: NDArray[np.int64], sizes: NDArray[np.int64], mask: NDArray[np.bool_]
) -> float:
    """Return the size of all dropped files: exact if `rows` are all samples, else an estimate.

    Args:
        rows: (n,) samples whose sizes are known.
        sizes: (n,) bytes.
        mask: (N,) whether each sample is kept.
    """
    gone = ~mask[rows]
    return float(sizes[gone].mean() * np.count_nonzero(~mask)) if gone.any() else 0.0


def _in_units(size: float) -> str:
    amount, unit = size, "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            break
        amount /= 1000
    return f"{amount:.3g} {unit}"
