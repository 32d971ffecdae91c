"""Whether the files of a finished run are of as many samples and masks as run.json says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlc_core.runs.damage import sentence
from dlc_core.safe_reading import parquet_rows, read_npy


def count_faults(folder: Path, info: Mapping[str, Any]) -> dict[str, str]:
    """Return file name -> the sentence on what is wrong, of the files whose counts do not fit.

    Only headers are read. Files that are not there are no fault, and neither is a run that is not
    finished: its files are written one after the other.
    """
    counts, masks = info["counts"], info["masking"]["masks"]
    samples = counts.get("samples")
    if info.get("status") != "done" or not isinstance(samples, int):
        return {}
    tables = dict.fromkeys(("samples", "columns", "projection", "kinds"), samples)
    tables |= {"faults": counts.get("faults")}
    arrays: dict[str, tuple[int | None, ...]] = {
        "losses": (masks, samples),
        "predicted": (masks, samples),
        "features": (samples, None),
        "pca": (samples, None),
        "neighbours": (samples, None),
        "neighbour_distances": (samples, None),
        "thumbnails": (samples + 1,),
    }
    found: dict[str, str] = {}
    for table, rows in tables.items():
        file = folder / f"{table}.parquet"
        fault = _table_fault(file, rows) if file.exists() else ""
        found |= {file.name: fault} if fault else {}
    for array, shape in arrays.items():
        file = folder / f"{array}.npy"
        fault = _array_fault(file, shape) if file.exists() else ""
        found |= {file.name: fault} if fault else {}
    pictures, index = folder / "thumbnails.bin", folder / "thumbnails.npy"
    if pictures.is_file() and index.is_file() and index.name not in found:
        size, ends = pictures.stat().st_size, read_npy(index)
        end = int(ends[-1]) if ends.dtype.kind == "i" else 0
        if size < end:
            said = f"it has {size:,} bytes, expected {end:,} as thumbnails.npy says"
            found[pictures.name] = sentence(pictures, said)
    return found


def _table_fault(file: Path, rows: Any) -> str:
    there = parquet_rows(file)
    if there < 0:
        return sentence(file, "it cannot be read, expected a Parquet file")
    if not isinstance(rows, int) or there == rows:
        return ""
    return sentence(file, f"it has {there:,} rows, expected {rows:,} as run.json says")


def _array_fault(file: Path, shape: tuple[int | None, ...]) -> str:
    try:
        there = read_npy(file).shape
    except (OSError, ValueError):
        return sentence(file, "it cannot be read, expected an array (.npy)")
    fits = len(there) == len(shape) and all(
        want is None or got == want for got, want in zip(there, shape, strict=True)
    )
    wanted = ", ".join("any" if size is None else f"{size:,}" for size in shape)
    got = ", ".join(f"{size:,}" for size in there)
    return "" if fits else sentence(file, f"its shape is ({got}), expected ({wanted})")
