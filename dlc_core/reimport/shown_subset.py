"""Subsets brought back to be looked at: ids in the run, under a name that fits an address."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlc_core.atomic_files import write_npy
from dlc_core.digests import ids_name
from dlc_core.errors import DLCError, refused
from dlc_core.safe_reading import read_npy

_FOLDER, _SUFFIX = "subsets", ".shown.npy"
_MOST = 50  # of one run; the oldest gives way
NAME = re.compile(r"[0-9a-f]{12}")


def keep_ids(run_path: Path, ids: NDArray[np.int64]) -> str:
    """Keep sample ids in a run; return their name: the same ids, the same name.

    Args:
        run_path: the run directory.
        ids: (K,) ascending.

    Raises:
        DLCError: if they cannot be written.
    """
    data = np.ascontiguousarray(ids, dtype="<i8")
    name = ids_name(data.tobytes())
    file = run_path / _FOLDER / f"{name}{_SUFFIX}"
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        write_npy(file, data)
        others = sorted(file.parent.glob(f"*{_SUFFIX}"), key=lambda other: other.stat().st_mtime_ns)
        for old in others[:-_MOST]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise DLCError(refused(file, error)) from error
    return name


def kept_ids(run_path: Path, name: str) -> NDArray[np.int64] | None:
    """Return the ids of a name, (K,) ascending, or None if the run does not have them any more."""
    if not NAME.fullmatch(name):
        return None
    try:
        found = read_npy(run_path / _FOLDER / f"{name}{_SUFFIX}", mapped=False)
    except (OSError, ValueError):
        return None
    if found.ndim != 1 or found.dtype.kind != "i":
        return None
    ids = found.astype("<i8")
    return ids.astype(np.int64, copy=False) if ids_name(ids.tobytes()) == name else None


def kept_names(run_path: Path) -> list[str]:
    """Return the names of the subsets that a run keeps, sorted."""
    files = (run_path / _FOLDER).glob(f"*{_SUFFIX}")
    names = (file.name.removesuffix(_SUFFIX) for file in files)
    return sorted(name for name in names if NAME.fullmatch(name))
