"""What every reader of tables asks of the columns that it found: labels, a split, what is kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.splits import pick_split
from dlc_core.datasets.table_columns import MOST_COLUMNS, Roles, listed
from dlc_core.errors import DLCError
from dlc_core.file_names import printable


def require_label(name: str, table: pd.DataFrame, roles: Roles) -> None:
    """Refuse a table without a column of labels.

    Raises:
        DLCError: naming the columns that there are.
    """
    if roles.label is None:
        raise DLCError(
            f"{name} has no column of labels that could be guessed; name it with --label-column; "
            f"its columns are {listed(list(table.columns))}."
        )


def part_of(
    name: str, table: pd.DataFrame, roles: Roles, asked: Asked
) -> tuple[str | None, tuple[str, ...], NDArray[np.int64]]:
    """Return the split that is taken, those that there are, and the rows of that one.

    Raises:
        DLCError: if the split is not there.
    """
    if roles.split is None:
        if asked.split not in (None, "train"):
            raise DLCError(
                f"{name} has no column of splits that could be guessed; name it with "
                "--split-column, or leave the split out."
            )
        return None, (), np.arange(len(table))
    values = table[roles.split].fillna("").astype(str).str.strip()
    there = [value for value in values.unique().tolist() if value]
    split, found = pick_split(there, asked.split, where=name)
    return split, tuple(there), np.flatnonzero(values.isin(found))


def left_out_note(columns: list[str]) -> str:
    """Return a sentence that names columns which are not kept; "" for none."""
    if not columns:
        return ""
    some = ", ".join(f"{printable(name):.40}" for name in columns[:5])
    return (
        f"{len(columns)} columns of the table are not kept (lists, or more than {MOST_COLUMNS}): "
        f"{some}{' …' if len(columns) > 5 else ''}"
    )
