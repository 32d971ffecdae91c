"""The names of a table's columns: without blanks around them, and each once."""

from __future__ import annotations

import re

import pandas as pd

_UNNAMED = re.compile(r"Unnamed: \d+|")  # as pandas calls columns without a name
_INDEX = re.compile(r"__index_level_\d+__")  # as pandas stores an index without a name


def named(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns are named by text, each by another.

    A name that comes again gets a number ("label", "label.1"), as pandas does. Columns without a
    name that hold nothing, or count the rows as an index of pandas does, are left out.

    Args:
        table: as it was read.
    """
    names: list[str] = []
    places = []
    for place, name in enumerate(map(str, table.columns)):
        plain = name.strip()
        if _UNNAMED.fullmatch(plain) and table.iloc[:, place].isna().all():
            continue
        if _INDEX.fullmatch(plain):
            if pd.api.types.is_integer_dtype(table.iloc[:, place]):
                continue
            plain = "index"
        names.append(_free(plain, names))
        places.append(place)
    table = table.iloc[:, places]
    return table.set_axis(pd.Index(names, dtype=object), axis=1)


def repeated(table: pd.DataFrame, column: str) -> list[str]:
    """Return the columns whose name was that of another, and got a number."""
    return [name for name in table.columns if re.fullmatch(rf"{re.escape(column)}\.\d+", name)]


def _free(name: str, taken: list[str]) -> str:
    known, number, free = set(taken), 0, name
    while free in known:
        number += 1
        free = f"{name}.{number}"
    return free
