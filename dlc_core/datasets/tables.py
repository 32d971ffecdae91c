"""Tables of labels: recognised, so that what cannot be scored is refused in the right words."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from dlc_core.datasets.asked import Asked
from dlc_core.datasets.dataset import Dataset
from dlc_core.errors import DLCError

TABLE_SUFFIXES = (".csv", ".tsv", ".parquet", ".json", ".jsonl")
_LABEL_NAMES = ("label", "labels", "class", "classes", "target", "targets", "y", "tags")


def refuse_table(text: str, _asked: Asked) -> Dataset:
    """Say in one sentence why this table cannot be scored.

    Raises:
        DLCError: always; manifests of single-label samples are not read yet.
    """
    file = Path(text).expanduser()
    try:
        table = _head(file)
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise DLCError(f"cannot read the table {file.name}: {_one_line(error)}.") from error
    expected = "expected one class per image: a folder root/class/file"
    several = _multi_label(table)
    if several:
        raise DLCError(
            f"{file.name} is a multi-label table ({several}); {expected}, each image under the "
            "one class it counts for."
        )
    number = _regression(table)
    if number:
        raise DLCError(
            f"{file.name} is a regression table (its column {number!r} holds measured numbers, "
            f"not classes); {expected}; bin the numbers into classes first."
        )
    raise DLCError(
        f"{file.name} is a table; tables are not read yet; {expected}; put the images into one "
        "folder per class."
    )


def _head(file: Path) -> pd.DataFrame:
    if file.suffix == ".parquet":
        return pd.read_parquet(file)
    if file.suffix in (".json", ".jsonl"):
        return pd.read_json(file, lines=file.suffix == ".jsonl")
    return pd.read_csv(file, sep="\t" if file.suffix == ".tsv" else ",", nrows=5000)


def _multi_label(table: pd.DataFrame) -> str:
    for name in table.columns:
        if str(name).lower() not in _LABEL_NAMES:
            continue
        values = table[name].dropna()
        if values.map(lambda value: not isinstance(value, str) and hasattr(value, "__len__")).any():
            return f"its column {name!r} holds lists"
        texts = values[values.map(lambda value: isinstance(value, str))].astype(str)
        if len(texts) and texts.str.contains(r"[|;,]").mean() > 0.05:
            return f"its column {name!r} holds several labels in one cell"
    binary = [
        name
        for name in table.columns
        if pd.api.types.is_numeric_dtype(table[name]) and set(table[name].dropna()) <= {0, 1}
    ]
    if len(binary) >= 2 and (table[binary].sum(axis=1) != 1).any():
        return f"{len(binary)} columns of 0 and 1"
    return ""


def _regression(table: pd.DataFrame) -> str:
    for name in table.columns:
        if str(name).lower() not in _LABEL_NAMES:
            continue
        values = table[name].dropna()
        if pd.api.types.is_float_dtype(values) and bool((values % 1 != 0).any()):
            return str(name)
    return ""


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")
