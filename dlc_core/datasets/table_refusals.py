"""Tables that do not give each image one class: told in the right words."""

from __future__ import annotations

import pandas as pd

from dlc_core.errors import DLCError

_EXPECTED = "expected one class per image"
_SEVERAL = 0.05  # share of cells with a separator from which they hold several labels
_HEAD = 5000  # rows that are looked at


def refuse_other_tasks(name: str, table: pd.DataFrame, label: str | None) -> None:
    """Refuse multi-label and regression tables.

    Args:
        name: of the file, for the sentence.
        table: as it was read.
        label: the column of labels; None if none was found.

    Raises:
        DLCError: saying which it is.
    """
    head = table.head(_HEAD)
    several = _lists(head[label], label) if label is not None else _one_hot(head)
    if several:
        raise DLCError(
            f"{name} is a multi-label table ({several}); {_EXPECTED}: one row for each image, "
            "under the one class it counts for."
        )
    if label is not None and _measured(head[label]):
        raise DLCError(
            f"{name} is a regression table (its column {label!r} holds measured numbers, not "
            f"classes); {_EXPECTED}: bin the numbers into classes first."
        )


def _lists(values: pd.Series, label: str) -> str:
    values = values.dropna()
    if values.map(lambda value: not isinstance(value, str) and hasattr(value, "__len__")).any():
        return f"its column {label!r} holds lists"
    texts = values[values.map(lambda value: isinstance(value, str))].astype(str)
    if len(texts) and texts.str.contains(r"[|;,]").mean() > _SEVERAL:
        return f"its column {label!r} holds several labels in one cell"
    return ""


def _one_hot(table: pd.DataFrame) -> str:
    numbers = table.apply(pd.to_numeric, errors="coerce")
    binary = [name for name in table.columns if set(numbers[name]) <= {0, 1}]
    if len(binary) >= 2 and (numbers[binary].sum(axis=1) != 1).any():
        return f"{len(binary)} columns of 0 and 1"
    return ""


def _measured(values: pd.Series) -> bool:
    numbers = pd.to_numeric(values.dropna(), errors="coerce")
    return bool(len(numbers) and numbers.notna().all() and (numbers % 1 != 0).any())
