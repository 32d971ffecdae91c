"""Cells of a CSV that a spreadsheet would take for a formula, made harmless and read back."""

from __future__ import annotations

import re

import pandas as pd

# What Excel, LibreOffice and Google Sheets start a formula with, or skip before one; the wide ones
# are what they make of an East Asian keyboard's.
_STARTS = "=+\\-@\t\r\n＝＋－＠"
_FORMULA = re.compile(f"'*[{_STARTS}]")
_QUOTED = re.compile(f"'+[{_STARTS}]")
_NUMBER = re.compile(r"[+-]\d+(\.\d+)?")


def harmless(cell: str) -> str:
    """Return a text with an apostrophe before it if a spreadsheet could execute it.

    A signed number such as "-1" executes nothing and stays. `original` undoes it exactly.
    """
    if _NUMBER.fullmatch(cell) or not _FORMULA.match(cell):
        return cell
    return "'" + cell


def original(cell: str) -> str:
    """Return the text that `harmless` was given."""
    return cell[1:] if _QUOTED.match(cell) else cell


def harmless_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with all its text cells and its columns' names made harmless."""
    changed = {
        name: table[name].map(harmless, na_action="ignore")
        for name in table.columns
        if pd.api.types.is_string_dtype(table[name])
    }
    return table.assign(**changed).rename(columns=harmless)


def original_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table that `harmless_table` was given."""
    changed = {
        name: table[name].map(original, na_action="ignore")
        for name in table.columns
        if pd.api.types.is_string_dtype(table[name])
    }
    return table.assign(**changed).rename(columns=original)
