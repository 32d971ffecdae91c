"""Tables that do not give each image one class: told in the right words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dlc_core.datasets.numeric_columns import all_numbers, numbers_in
from dlc_core.datasets.several_labels import several_labels
from dlc_core.errors import DLCError

_EXPECTED = "expected one class per image"
_SEVERAL = 0.05  # share of cells with several labels from which a table is for another task
_HEAD = 5000  # rows that are looked at for columns of 0 and 1
_REPEATED = 2  # images to a class, on average, from which measured numbers may be classes


def refuse_other_tasks(name: str, table: pd.DataFrame, label: str | None, *, believed: bool) -> str:
    """Refuse multi-label and regression tables.

    Args:
        name: of the file, for the sentence.
        table: as it was read.
        label: the column of labels; None if none was found.
        believed: whether a person named the column, so that "a, b" is the name of one class.

    Returns:
        What a person should know of the labels, in a sentence, or "".

    Raises:
        DLCError: saying which it is.
    """
    if label is None:
        binary = _one_hot(table.head(_HEAD))
        if binary:
            raise DLCError(_multi_label(name, f"{binary} columns of 0 and 1"))
        return ""
    values = table[label].dropna()
    if any(isinstance(value, list | dict | set | tuple | np.ndarray) for value in values):
        raise DLCError(_multi_label(name, f"its column {label!r} holds lists"))
    doubt = _several(name, values, label, believed=believed)
    if all_numbers(values) and _measured(values, believed=believed):
        raise DLCError(
            f"{name} is a regression table (its column {label!r} holds measured numbers, not "
            f"classes); {_EXPECTED}: bin the numbers into classes first."
        )
    return doubt


def _several(name: str, values: pd.Series, label: str, *, believed: bool) -> str:
    texts = values[values.map(lambda value: isinstance(value, str))].astype(str)
    combined = several_labels(texts.unique().tolist())
    cells = int(texts.isin(combined).sum())
    if not cells:
        return ""
    example = f"such as {_shortest(combined)!r:.80}"
    if not believed and cells > _SEVERAL * len(texts):
        raise DLCError(
            _multi_label(name, f"its column {label!r} holds several labels in one cell, {example}")
            + f" If these are names of single classes, say so with --label-column {label}."
        )
    verb = "label looks" if cells == 1 else "labels look"
    return f"{cells:,} {verb} like several in one cell ({example}); each is a class of its own."


def _shortest(names: list[str]) -> str:
    return min(names, key=lambda name: (len(name), name))


def _multi_label(name: str, why: str) -> str:
    return (
        f"{name} is a multi-label table ({why}); {_EXPECTED}: one row for each image, under the "
        "one class it counts for."
    )


def _one_hot(table: pd.DataFrame) -> int:
    numbers = table.apply(pd.to_numeric, errors="coerce")
    binary = [name for name in table.columns if set(numbers[name]) <= {0, 1}]
    several = len(binary) >= 2 and bool((numbers[binary].sum(axis=1) != 1).any())
    return len(binary) if several else 0


def _measured(values: pd.Series, *, believed: bool) -> bool:
    """Whether numbers are measured: fractions, unless a named column has the same ones again."""
    numbers = numbers_in(values)
    numbers = numbers[~np.isnan(numbers)]  # of empty cells
    if not (numbers % 1 != 0).any():
        return False
    return not believed or len(np.unique(numbers)) * _REPEATED > len(numbers)
