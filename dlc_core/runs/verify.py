"""Looking at all files of a run, however large: which are what was written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlc_core.digests import ids_name, read_sums
from dlc_core.errors import reason_of
from dlc_core.runs.contents import BESIDE, ITSELF, LINES, NAME, NOT, RECORD, content_of, files_of
from dlc_core.runs.counts import count_faults
from dlc_core.runs.damage import fault_of, sentence
from dlc_core.runs.run import Run
from dlc_core.runs.summed_lines import damaged_lines
from dlc_core.safe_reading import read_npy


@dataclass(frozen=True)
class Verified:
    """What came of it.

    Attributes:
        whole: paths of the files that are what was written.
        unchecked: of those for which no digest is kept though one should be (older versions, or
            a run that is still being written), and of files that are not the program's.
        damaged: one sentence for each that is damaged.
    """

    whole: tuple[str, ...]
    unchecked: tuple[str, ...]
    damaged: tuple[str, ...]


def verify(run: Run) -> Verified:
    """Compare every file of a run with its digest, and their counts with each other."""
    whole: list[str] = []
    unchecked: list[str] = []
    damaged: list[str] = []
    files = run.files
    names = dict.fromkeys([*files_of(run.path), *(files or {})])
    for name in names:
        content = content_of(name)
        kind = "" if content is None else content.digest
        if kind == NOT:
            continue
        fault, checked = _look(run, name, kind, files)
        if fault:
            damaged.append(fault)
        else:
            (whole if checked else unchecked).append(name)
    damaged += [
        fault for fault in count_faults(run.path, run.info).values() if fault not in damaged
    ]
    return Verified(tuple(whole), tuple(unchecked), tuple(damaged))


def _look(run: Run, name: str, kind: str, files: dict[str, Any] | None) -> tuple[str, bool]:
    file = run.path / name
    if kind == ITSELF:  # Run.open has compared it
        return "", "digest" in run.info
    if kind == RECORD:
        return fault_of(run.path, name, files), name in (files or {})
    if kind == BESIDE:
        return fault_of(run.path, name, files), read_sums(file) is not None
    if kind == LINES:
        return _of_lines(file, name)
    if kind == NAME:
        return _of_ids(file, name), True
    return "", False


def _of_lines(file: Path, name: str) -> tuple[str, bool]:
    try:
        lines, unsummed = damaged_lines(file)
    except OSError as error:
        return sentence(file, f"it cannot be read ({error.strerror})", name), True
    if lines:
        return sentence(file, f"line {lines[0]:,} is not what was written", name), True
    return "", not unsummed


def _of_ids(file: Path, name: str) -> str:
    try:
        ids = np.ascontiguousarray(read_npy(file, mapped=False), dtype="<i8")
    except (OSError, ValueError, TypeError) as error:
        return sentence(file, f"it cannot be read ({reason_of(error)})", name)
    same = ids_name(ids.tobytes()) == file.name.partition(".")[0]
    return "" if same else sentence(file, "its ids are others than its name says", name)
