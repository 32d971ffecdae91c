"""Whether two files or folders hold the same: bytes, or values but for times and versions."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

# Fields that say when and by what something was made.
VOLATILE = {
    "created", "time", "timings", "versions", "updated", "digest", "files", "id", "estimate",
    "begun", "machine", "sum", "event", "_fingerprint", "exported", "date",
}  # fmt: skip


class Found(StrEnum):
    """How a comparison ended."""

    SAME = "same"
    DIFFERENT = "DIFFERENT"
    SKIPPED = "left out"


def compare(old: Path, new: Path, *, columns: list[str] | None = None) -> tuple[str, str]:
    """Return (what differs, what only the new one has); "" each if nothing.

    Args:
        old, new: two files or folders.
        columns: of tables, those that count; None = all.
    """
    if not old.exists() or not new.exists():
        return f"only {'the new' if new.exists() else 'the old'} one makes it", ""
    if old.is_dir():
        return _folders(old, new)
    if old.suffix == ".parquet":
        return _tables(pd.read_parquet(old), pd.read_parquet(new), columns)
    if old.suffix == ".arrow":
        return _tables(_arrow(old), _arrow(new), columns)
    if old.suffix == ".jsonl":
        pair = ([json.loads(line) for line in file.read_text().splitlines()] for file in (old, new))
        return _values(*pair)
    if old.suffix in (".json", ".recipe"):
        return _values(json.loads(old.read_text()), json.loads(new.read_text()))
    if old.suffix == ".zip":
        return _zips(old, new)
    if old.suffix == ".py":
        return _bytes(_code(old), _code(new)), ""
    return _bytes(old.read_bytes(), new.read_bytes()), ""


def _bytes(old: bytes, new: bytes) -> str:
    if old == new:
        return ""
    place = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), -1)
    return f"{len(old):,} and {len(new):,} bytes, the first difference at {place}"


def _code(file: Path) -> bytes:
    """Return a snippet without the lines of comment that tell when and by what it was made."""
    lines = file.read_bytes().splitlines()
    return b"\n".join(line for line in lines if not line.startswith(b"#"))


def _folders(old: Path, new: Path) -> tuple[str, str]:
    names = {file.relative_to(old) for file in old.rglob("*") if file.is_file()}
    others = {file.relative_to(new) for file in new.rglob("*") if file.is_file()}
    if names != others:
        return f"files of one only: {sorted(map(str, names ^ others))[:3]}", ""
    for name in sorted(names):
        fault, _ = compare(old / name, new / name)
        if fault:
            return f"{name}: {fault}", ""
    return "", f"{len(names)} files"


def _zips(old: Path, new: Path) -> tuple[str, str]:
    with zipfile.ZipFile(old) as one, zipfile.ZipFile(new) as other:
        if one.namelist() != other.namelist():
            return "other entries, or in another order", ""
        for name in one.namelist():
            if name.endswith(".json"):
                fault = _values(json.loads(one.read(name)), json.loads(other.read(name)))[0]
            else:
                fault = _bytes(one.read(name), other.read(name))
            if fault:
                return f"{name}: {fault}", ""
        return "", f"{len(one.namelist())} entries"


def _arrow(file: Path) -> pd.DataFrame:
    import pyarrow as pa

    with pa.memory_map(str(file)) as source:
        table: pd.DataFrame = pa.ipc.open_stream(source).read_all().to_pandas()
    return table


def _tables(old: pd.DataFrame, new: pd.DataFrame, columns: list[str] | None) -> tuple[str, str]:
    wanted = list(old.columns) if columns is None else [c for c in columns if c in old]
    missing = [name for name in wanted if name not in new]
    if missing:
        return f"the column {missing[0]!r} is gone", ""
    if len(old) != len(new):
        return f"{len(old)} and {len(new)} rows", ""
    for name in wanted:
        one, other = old[name], new[name]
        if one.dtype != other.dtype:
            return f"{name} is {one.dtype} and {other.dtype}", ""
        if not one.equals(other) and not _equal_objects(one, other):
            rows = sum(1 for a, b in zip(one, other, strict=True) if not _alike(a, b))
            return f"{name} differs in {rows} of {len(old)} rows", ""
    more = [name for name in new.columns if name not in old.columns] if columns is None else []
    return "", f"new columns: {', '.join(more)}" if more else ""


def _equal_objects(one: pd.Series[Any], other: pd.Series[Any]) -> bool:
    return all(_alike(a, b) for a, b in zip(one, other, strict=True))


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    return bool(one == other) or (one != one and other != other)  # NaN


def _values(old: Any, new: Any) -> tuple[str, str]:
    faults = [fault for fault in _differences(old, new, "") if not fault.startswith("+")]
    more = sorted({fault[1:] for fault in _differences(old, new, "") if fault.startswith("+")})
    return "; ".join(faults[:2]), f"new fields: {', '.join(more[:6])}" if more else ""


def _differences(old: Any, new: Any, at: str) -> Iterator[str]:
    """Yield each difference between JSON values, a field of the new one alone with + before it."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            place = f"{at}.{name}".lstrip(".")
            if name in VOLATILE:
                continue
            if name not in new:
                yield f"{place} is gone"
            elif name not in old:
                yield f"+{place}"
            else:
                yield from _differences(old[name], new[name], place)
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield f"{at} has {len(old)} and {len(new)} values"
        for row, (one, other) in enumerate(zip(old, new, strict=False)):
            yield from _differences(one, other, f"{at}[{row}]")
    elif old != new or type(old) is not type(new):
        yield f"{at} is {str(old)[:60]!r} and {str(new)[:60]!r}"
