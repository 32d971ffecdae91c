"""Tables of samples as bytes, and back: CSV, Parquet, JSON, JSONL; and ids as a NumPy array."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.csv_escaping import harmless_table
from dlc_core.datasets.exact_columns import Column, exact_column
from dlc_core.datasets.numeric_columns import numbers_in
from dlc_core.datasets.table_reading import table_in
from dlc_core.export.content import Content

_TEXT = frozenset({"path", "label", "original_label", "status"})
_WORDS = ("id", "path", "status", "score")


def to_csv(content: Content) -> bytes:
    """Return UTF-8, comma-separated, text quoted; see `harmless` for what could be a formula."""
    table = harmless_table(content.table)
    return table.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC).encode()


def from_csv(data: bytes) -> pd.DataFrame:
    """Return the table in a CSV, text as it was before it was made harmless."""
    return read_back(data, "table.csv")


def to_parquet(content: Content) -> bytes:
    """Return Parquet."""
    buffer = io.BytesIO()
    content.table.to_parquet(buffer, index=False, write_page_checksum=True)
    return buffer.getvalue()


def from_parquet(data: bytes) -> pd.DataFrame:
    """Return the table in a Parquet file."""
    return read_back(data, "table.parquet")


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
    return read_back(data, "table.json")


def to_jsonl(content: Content) -> bytes:
    """Return a JSON object a line, one for each sample."""
    rows = rows_of(content.table)
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    return "".join(lines).encode()


def from_jsonl(data: bytes) -> pd.DataFrame:
    """Return the table in a file of JSON objects, one a line."""
    return read_back(data, "table.jsonl")


def read_back(data: bytes, name: str) -> pd.DataFrame:
    """Return a table of ours, also where a spreadsheet or another program has saved it since.

    Args:
        data: what the file holds.
        name: of the file; its suffix says the format.

    Returns:
        The table without empty rows, each cell as it is written, columns of numbers as such where
        that changes none (see `exact_column`); id, path, status and score are called so, whatever
        the capitals in the file.

    Raises:
        DLCError: if it cannot be read.
    """
    table = table_in(data, name, ours=True).dropna(how="all")
    there = {str(column).casefold(): column for column in reversed(table.columns)}
    names = {there[word]: word for word in _WORDS if word in there and word not in table.columns}
    table = table.rename(columns=names).reset_index(drop=True)
    if "tags" in table and "status" not in table:  # FiftyOne's words
        table["status"] = [(tags or [""])[0] for tags in table.pop("tags")]
        table = table.rename(columns={"filepath": "path", "hardness": "score"})
    return pd.DataFrame({str(name): _typed(str(name), table[name]) for name in table})


def _typed(name: str, values: pd.Series) -> pd.Series | Column:
    found = exact_column(values, text=name in _TEXT)
    return values if found is None else found


def kept_ids(table: pd.DataFrame) -> NDArray[np.int64]:
    """Return the ids of a table that was read back; a column `status` tells which are kept.

    Raises:
        ValueError, KeyError: if it holds no ids.
    """
    if "status" in table:
        table = table[table["status"] == "kept"]
    ids = numbers_in(table["id"])
    if not len(ids) or not (ids % 1 == 0).all() or (ids < 0).any():
        raise ValueError("ids are whole numbers from 0")
    return ids.astype(np.int64)


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
