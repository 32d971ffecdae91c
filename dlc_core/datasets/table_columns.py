"""What each column of a table is for: paths, labels, splits, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dlc_core.datasets.exact_columns import Column, exact_column
from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.splits import split_of
from dlc_core.errors import DLCError
from dlc_core.file_names import printable

MOST_COLUMNS = 50
PATHS = (
    "path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path",
    "image_file", "img", "img_path", "relative_path",
)  # fmt: skip
LABELS = (
    "label", "class", "class_name", "label_name", "category", "target", "labels", "classes",
    "species", "y",
)  # fmt: skip
_SPLITS = ("split", "subset", "partition", "set", "fold")


@dataclass(frozen=True)
class Roles:
    """The columns by what they are for; None = there is none."""

    path: str
    label: str | None
    split: str | None
    group: str | None


def roles_of(name: str, table: pd.DataFrame, asked: Asked) -> Roles:
    """Return which column is what: as it is asked, else guessed by its name.

    Args:
        name: of the file, for sentences.
        table: all of it, or its head.
        asked: columns that a person named.

    Raises:
        DLCError: if a named column is not there, or there is none of paths.
    """
    columns = [str(column) for column in table.columns]
    for option in ("image_column", "label_column", "id_column", "split_column", "group_column"):
        named = getattr(asked, option)
        if named is not None and named not in columns:
            raise DLCError(
                f"{name} has no column {named!r} (--{option.replace('_', '-')}); its columns are "
                f"{listed(columns)}."
            )
    path = asked.image_column or guess(columns, PATHS)
    if path is None:
        raise DLCError(
            f"{name} has no column of paths that could be guessed; name it with --image-column; "
            f"its columns are {listed(columns)}."
        )
    others = [column for column in columns if column != path]
    label = asked.label_column or guess(others, LABELS)
    split = asked.split_column or guess(others, _SPLITS)
    if asked.split_column is None and split is not None:
        values = table[split].dropna().unique()
        if not len(values) or any(split_of(str(value)) is None for value in values):
            split = None  # it says something else
    return Roles(path, label, split, asked.group_column)


_LONGEST_NUMBER = 100  # digits of a label; longer ones are texts


def classes_of(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the distinct labels in order: as numbers if all are whole, else as text."""
    distinct = sorted(set(labels))
    if all(
        label.isascii() and label.lstrip("-").isdigit() and len(label) <= _LONGEST_NUMBER
        for label in distinct
    ):
        distinct.sort(key=lambda label: (int(label), label))
    return tuple(distinct)


def as_text(values: pd.Series) -> list[str]:
    """Return each cell as text without blanks around it, "" where it is empty; 3.0 is "3"."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iub":
        return list(map(str, values.tolist()))
    return [
        "" if missing else _label_text(value)
        for value, missing in zip(values.astype(object), values.isna(), strict=True)
    ]


def _label_text(value: Any) -> str:
    if isinstance(value, float | np.floating) and value == value // 1:
        value = int(value)
    if isinstance(value, bytes):
        value = value.decode("utf-8", "surrogateescape")
    return str(value).strip()


def kept_columns(table: pd.DataFrame, roles: Roles) -> tuple[dict[str, Column], list[str]]:
    """Return the further columns, each cell as it was (see `exact_column`), and what is left out.

    Args:
        table: the rows that are samples.
        roles: their path and label are no further columns; the groups are always kept, as text.

    Raises:
        DLCError: if the groups are lists or objects.
    """
    kept: dict[str, Column] = {}
    left_out = []
    room = MOST_COLUMNS - (roles.group is not None)
    for column in table.columns:
        grouped = column == roles.group
        if column in (roles.path, roles.label) and not grouped:
            continue
        values = exact_column(table[column], text=grouped)
        if values is None and grouped:
            raise DLCError(
                f"the column {str(column)!r} holds lists or objects; expected the name of a group "
                "in each cell (--group-column)."
            )
        if values is None or (room == 0 and not grouped):
            left_out.append(str(column))
        else:
            kept[printable(str(column))] = values
            room -= not grouped
    return kept, left_out


def guess(columns: Sequence[str], names: Sequence[str]) -> str | None:
    """Return the column with the first of the names, whatever the capitals; None if none."""
    lower = {column.lower(): column for column in reversed(columns)}
    return next((lower[name] for name in names if name in lower), None)


def listed(columns: Sequence[str]) -> str:
    """Return the first names of columns, for a sentence."""
    some = ", ".join(f"{printable(str(column)):.40}" for column in columns[:12])
    return some + (f" and {len(columns) - 12} more" if len(columns) > 12 else "")
