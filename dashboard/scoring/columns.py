"""Which column of a table is what: guessed by its name, and chosen where the guess is wrong."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.server_settings import require_readable
from dlc_core.datasets import Asked, find_source
from dlc_core.datasets.table_columns import roles_of
from dlc_core.datasets.table_reading import read_table
from dlc_core.errors import DLCError, refused

_HEAD = 200  # rows that are read for their columns
_ROLES = {
    "image_column": ("Paths", "The column of file names."),
    "label_column": ("Labels", "The column of classes."),
    "split_column": ("Splits", "The column that says which part an image is in."),
    "group_column": ("Groups", "What belongs together, such as a patient: evidence never learns "
                     "from one part of a group and judges by another."),
}  # fmt: skip


def column_part(typed: str) -> dict[str, Any]:
    """Show the columns of a table, or the option for images without labels; return the options."""
    if not typed.strip():
        return {}
    try:
        source = find_source(typed.strip())
        if source.reader.class_folders:
            return _clusters()
        if source.reader.table is None:
            return {}
        path = source.reader.table(require_readable(source.text))
        table = read_table(path, rows=_HEAD)
    except DLCError as error:
        st.caption(for_markdown(str(error)))
        return {}
    except OSError as error:  # a folder of somebody else's
        st.caption(for_markdown(refused(typed.strip(), error, act="read")))
        return {}
    names = [str(name) for name in table.columns]
    try:
        roles = roles_of(path.name, table, Asked())
        guessed = {
            "image_column": roles.path,
            "label_column": roles.label,
            "split_column": roles.split,
        }
    except DLCError:
        guessed = {}
    found: dict[str, Any] = {}
    for place, (column, (option, (label, help_text))) in enumerate(
        zip([*st.columns(2), *st.columns(2)], _ROLES.items(), strict=True)
    ):
        guess = guessed.get(option)
        chosen = column.selectbox(
            label,
            [None, *names],
            index=names.index(guess) + 1 if guess in names else 0,
            format_func=lambda name: "none" if name is None else str(name),
            key=f"column-{place}-{path}",
            help=help_text,
        )
        found[option] = chosen if chosen != guess else None
    root = st.text_input(
        "Paths start from",
        key="image-root",
        placeholder=f"the table's own folder, {path.parent}",
        help="The folder that the table's paths are relative to. Paths given in full need none.",
    )
    return {**found, "image_root": root or None}


def _clusters() -> dict[str, Any]:
    number = st.number_input(
        "Clusters, for images without labels",
        min_value=2,
        value=None,
        key="clusters",
        placeholder="no: the folders are the classes",
        help="Images that lie in no class folders: k-means on their features makes so many "
        "classes, and hardness is then how far an image is from its cluster's others.",
    )
    return {"clusters": int(number) if number else None}
