"""A table of paths and labels (a manifest): CSV, TSV, Parquet, JSON or JSONL."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from dlc_core.datasets.asked import Asked
from dlc_core.datasets.dataset import Dataset
from dlc_core.datasets.exact_columns import exact_column
from dlc_core.datasets.files import FilesBelow, shown
from dlc_core.datasets.path_tails import by_tails
from dlc_core.datasets.splits import pick_split
from dlc_core.datasets.table_columns import Roles, as_text, kept_columns, roles_of
from dlc_core.datasets.table_names import repeated
from dlc_core.datasets.table_paths import ORIGINAL, image_root, posix
from dlc_core.datasets.table_reading import FORMATS, read_table, table_suffix
from dlc_core.datasets.table_refusals import refuse_other_tasks
from dlc_core.datasets.table_rows import Rows
from dlc_core.errors import DLCError
from dlc_core.names import printable


def takes_table(text: str) -> bool:
    """Whether a text is the path of a table, there or not."""
    path = Path(text).expanduser()
    return table_suffix(path.name) is not None and not path.is_dir()


def load_table(text: str, asked: Asked) -> Dataset:
    """List the images that a table names, in its order; no image is opened.

    Args:
        text: the path of the table.
        asked: columns (else guessed by their names), split, and the folder that paths are relative
            to (else the table's own, or that of all images where the paths are whole).

    Returns:
        The dataset; rows that name no usable image are faults, further columns stay with the
        samples.

    Raises:
        DLCError: if the table cannot be read, is of another task, or names nothing that is there.
    """
    asked.refuse("a table", "clusters")
    file = Path(text).expanduser().absolute()
    if not file.is_file():
        raise DLCError(f"no such table: {shown(file)}; expected {', '.join(FORMATS)}.")
    table = read_table(file)
    roles = roles_of(file.name, table, asked)
    believed = asked.label_column is not None
    doubt = refuse_other_tasks(file.name, table, roles.label, believed=believed)
    if roles.label is None:
        raise DLCError(
            f"{file.name} has no column of labels that could be guessed; name it with "
            f"--label-column; its columns are {', '.join(map(str, table.columns[:12]))}."
        )
    split, splits, table = _part(file.name, table, roles, asked)
    paths = as_text(table[roles.path])
    root = image_root(file, asked.image_root or None, list(map(posix, paths)))
    rows = Rows(root, paths, as_text(table[roles.label]))
    notes = [doubt, _repeated(table, roles)]
    if asked.image_root:
        rows, note = _found_by_ends(root, paths, as_text(table[roles.label]), rows)
        notes.append(note)
    notes.append(rows.require_there(file.name))
    columns, left_out = kept_columns(table.iloc[rows.places], roles)
    typed = exact_column(table[roles.path].iloc[rows.places], text=True)
    if typed is not None and typed.tolist() != [sample.path for sample in rows.samples]:
        columns.setdefault(ORIGINAL, typed)
    files = FilesBelow(root, listed=False)
    return Dataset(
        kind="table",
        name=printable(f"{file.stem} ({split})" if split else file.stem),
        root=str(root),
        split=split,
        classes=rows.classes,
        samples=tuple(rows.samples),
        faults=tuple(rows.faults),
        read=files.read,
        stamp=files.stamp,
        columns=columns,
        splits=splits,
        notes=tuple(filter(None, (*notes, _left_out(left_out)))),
    )


def _part(
    name: str, table: pd.DataFrame, roles: Roles, asked: Asked
) -> tuple[str | None, tuple[str, ...], pd.DataFrame]:
    if roles.split is None:
        if asked.split not in (None, "train"):
            raise DLCError(
                f"{name} has no column of splits that could be guessed; name it with "
                "--split-column, or leave the split out."
            )
        return None, (), table
    values = table[roles.split].fillna("").astype(str).str.strip()
    there = [value for value in values.unique().tolist() if value]
    split, found = pick_split(there, asked.split, where=name)
    return split, tuple(there), table[values.isin(found)].reset_index(drop=True)


def _found_by_ends(root: Path, paths: list[str], labels: list[str], rows: Rows) -> tuple[Rows, str]:
    """Return the rows with paths of another machine found by their ends, and a sentence of it."""
    elsewhere = rows.outside
    if not elsewhere and not rows.some_there():
        elsewhere = [posix(path) for path in paths if path]
    moved = by_tails(root, elsewhere)
    changed = [path for path in moved if moved[path] != path]
    if not changed:
        return rows, ""
    return Rows(root, paths, labels, moved), (
        f"{len(changed):,} of {len(paths):,} paths are of another place (such as "
        f"{printable(changed[0]):.100}); they are read from {shown(root)} by their ends (such as "
        f"{printable(moved[changed[0]]):.100})."
    )


def _repeated(table: pd.DataFrame, roles: Roles) -> str:
    for column in (roles.path, roles.label):
        others = [] if column is None else repeated(table, column)
        if others:
            return (
                f"the table has the column {column} more than once; the first is taken, the rest "
                f"is {', '.join(others[:5])}."
            )
    return ""


def _left_out(columns: list[str]) -> str:
    if not columns:
        return ""
    some = ", ".join(f"{printable(name):.40}" for name in columns[:5])
    more = " …" if len(columns) > 5 else ""
    return (
        f"{len(columns)} columns of the table are not kept (lists, or more than 50): {some}{more}"
    )
