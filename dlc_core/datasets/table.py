"""A table of paths and labels (a manifest): CSV, TSV, Parquet, JSON or JSONL."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from dlc_core.datasets.dataset import Dataset
from dlc_core.datasets.exact_columns import exact_column
from dlc_core.datasets.files_below import FilesBelow, shown
from dlc_core.datasets.parquet_images import load_parquet_images
from dlc_core.datasets.parquet_rows import image_column
from dlc_core.datasets.path_tails import by_tails
from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.table_columns import Roles, as_text, kept_columns, roles_of
from dlc_core.datasets.table_names import repeated
from dlc_core.datasets.table_parts import left_out_note, part_of, require_label
from dlc_core.datasets.table_paths import ORIGINAL, image_root, posix
from dlc_core.datasets.table_reading import FORMATS, read_table, table_suffix
from dlc_core.datasets.table_refusals import refuse_other_tasks
from dlc_core.datasets.table_rows import Rows
from dlc_core.errors import DLCError
from dlc_core.file_names import printable


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
    column = image_column(file, asked.image_column) if file.suffix.lower() == ".parquet" else None
    if column is not None:
        return load_parquet_images(file, column, asked)
    table = read_table(file)
    roles = roles_of(file.name, table, asked)
    believed = asked.label_column is not None
    doubt = refuse_other_tasks(file.name, table, roles.label, believed=believed)
    require_label(file.name, table, roles)
    split, splits, part = part_of(file.name, table, roles, asked)
    table = table.iloc[part].reset_index(drop=True)
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
        notes=tuple(filter(None, (*notes, left_out_note(left_out)))),
    )


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
