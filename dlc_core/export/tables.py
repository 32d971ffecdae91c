"""Tables of samples as bytes, and back: CSV, Parquet, JSON, JSONL; and ids as a NumPy array."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.cells import harmless_table, original_table
from dlc_core.export.content import Content

_TEXT = {"path": str, "label": str, "original_label": str, "status": str}


def to_csv(content: Content) -> bytes:
    """Return UTF-8, comma-separated, text quoted; see `harmless` for what could be a formula."""
    table = harmless_table(content.table)
    return table.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC).encode()


def from_csv(data: bytes) -> pd.DataFrame:
    """Return the table in a CSV, text as it was before it was made harmless."""
    return original_table(pd.read_csv(io.BytesIO(data), dtype=_TEXT, keep_default_na=False))


def to_parquet(content: Content) -> bytes:
    """Return Parquet."""
    buffer = io.BytesIO()
    content.table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def from_parquet(data: bytes) -> pd.DataFrame:
    """Return the table in a Parquet file."""
    return pd.read_parquet(io.BytesIO(data))


def to_json(content: Content) -> bytes:
    """Return {"recipe": …, "samples": [a row each]}."""
    value = {"recipe": content.recipe, "samples": rows_of(content.table)}
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return an object a row; what JSON has no number for is null."""
    changed = {}
    for name in table.columns:
        values = table[name]
        odd = values.isna()
        if pd.api.types.is_float_dtype(values):
            odd |= ~np.isfinite(values.to_numpy(dtype=np.float64, na_value=np.nan))
        if odd.any():
            changed[name] = values.astype(object).mask(odd, None)
    found: list[dict[str, Any]] = table.assign(**changed).to_dict(orient="records")  # type: ignore[assignment]  # all names are text
    return found


def from_json(data: bytes) -> pd.DataFrame:
    """Return the samples in a JSON file of ours, those for FiftyOne included, or a bare list."""
    value = json.loads(data)
    samples = value["samples"] if isinstance(value, dict) else value
    return _frame(samples)


def to_jsonl(content: Content) -> bytes:
    """Return a JSON object a line, one for each sample."""
    rows = rows_of(content.table)
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    return "".join(lines).encode()


def from_jsonl(data: bytes) -> pd.DataFrame:
    """Return the table in a file of JSON objects, one a line."""
    return _frame([json.loads(line) for line in data.split(b"\n") if line.strip()])


def _frame(samples: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(samples)
    if "tags" in table and "status" not in table:  # FiftyOne's words
        table["status"] = [(tags or [""])[0] for tags in table.pop("tags")]
        names = {"filepath": "path", "hardness": "score"}
        table = table.rename(columns=names)
    return table


def to_npy(content: Content) -> bytes:
    """Return the ids, int64 (K,), ascending: positions in torchvision's ImageFolder."""
    buffer = io.BytesIO()
    np.save(buffer, content.table["id"].to_numpy(dtype=np.int64), allow_pickle=False)
    return buffer.getvalue()


def from_npy(data: bytes) -> pd.DataFrame:
    """Return a table of the ids in an array of whole numbers, (K,)."""
    array: NDArray[Any] = np.load(io.BytesIO(data), allow_pickle=False)
    if array.ndim != 1:
        raise ValueError(f"expected one dimension, got {array.ndim}")
    return pd.DataFrame({"id": array})
