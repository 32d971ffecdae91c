"""A table of paths and labels (a manifest): CSV, TSV, Parquet, JSON or JSONL."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from dlc_core.datasets.asked import Asked
from dlc_core.datasets.dataset import Dataset, Fault, Sample
from dlc_core.datasets.files import FilesBelow, shown
from dlc_core.datasets.splits import pick_split
from dlc_core.datasets.table_columns import Roles, as_text, classes_of, kept_columns, roles_of
from dlc_core.datasets.table_paths import ORIGINAL, below, image_root, posix
from dlc_core.datasets.table_reading import FORMATS, read_table, table_suffix
from dlc_core.datasets.table_refusals import refuse_other_tasks
from dlc_core.errors import DLCError
from dlc_core.names import is_utf8, printable

_TRIED = 20  # paths that are looked for before thousands become faults
_LONGEST = 200  # characters of a label


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
    refuse_other_tasks(file.name, table, roles.label)
    if roles.label is None:
        raise DLCError(
            f"{file.name} has no column of labels that could be guessed; name it with "
            f"--label-column; its columns are {', '.join(map(str, table.columns[:12]))}."
        )
    split, splits, table = _part(file.name, table, roles, asked)
    paths = as_text(table[roles.path])
    root = image_root(file, asked.image_root or None, list(map(posix, paths)))
    rows = _Rows(root, paths, as_text(table[roles.label]))
    rows.read()
    _require_there(file.name, root, rows)
    columns, left_out = kept_columns(table.iloc[rows.places], roles)
    typed = np.array(paths, dtype=object)[rows.places]
    if ORIGINAL not in columns and typed.tolist() != [sample.path for sample in rows.samples]:
        columns[ORIGINAL] = typed
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
        notes=_notes(left_out),
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


class _Rows:
    """The rows of a table as samples and faults; `places` are the samples' rows."""

    def __init__(self, root: Path, paths: list[str], labels: list[str]) -> None:
        self._root, self._paths, self._labels = root, paths, labels
        self.classes = classes_of([label for label in labels if label])
        self.samples: list[Sample] = []
        self.faults: list[Fault] = []

    def read(self) -> None:
        ids = {name: class_id for class_id, name in enumerate(self.classes)}
        seen: dict[str, int] = {}
        places = []
        for row, (typed, label) in enumerate(zip(self._paths, self._labels, strict=True)):
            path, fault = self._below(typed)
            if not fault and path in seen:
                fault = f"is named twice (first in row {seen[path] + 1} of the part that is read)"
            if not fault and not label:
                fault = "has no label"
            if not fault and (len(label) > _LONGEST or not is_utf8(label)):
                fault = f"its label is longer than {_LONGEST} characters, or no text"
            if fault:
                self.faults.append(
                    Fault(printable(path or f"row {row + 1}"), printable(label), fault)
                )
                continue
            seen[path] = row
            places.append(row)
            self.samples.append(Sample(row, path, ids[label]))
        self.places = np.array(places, dtype=np.int64)

    def _below(self, typed: str) -> tuple[str, str]:
        """Return a path relative to the root in POSIX form, and what is wrong with it."""
        if not typed:
            return "", "the cell of its path is empty"
        if "://" in typed:
            return typed, "is an address; download it and name the file"
        if "\0" in typed or not is_utf8(typed):
            return typed, "is no possible path"
        return below(self._root, typed)


def _require_there(name: str, root: Path, rows: _Rows) -> None:
    """Refuse a table none of whose first images is where it should be."""
    if not rows.samples:
        first = f": {rows.faults[0].path} {rows.faults[0].error}" if rows.faults else ""
        raise DLCError(f"no row of {name} names a usable image{first}.")
    tried = rows.samples[:_TRIED]
    if not any((root / sample.path).exists() for sample in tried):
        raise DLCError(
            f"none of the first {len(tried)} images of {name} is in {shown(root)} (such as "
            f"{printable(tried[0].path)}); name the folder that the paths start from with "
            "--image-root."
        )


def _notes(left_out: list[str]) -> tuple[str, ...]:
    if not left_out:
        return ()
    some = ", ".join(printable(name) for name in left_out[:5]) + (" …" if len(left_out) > 5 else "")
    return (f"{len(left_out)} columns of the table are not kept (lists, or more than 50): {some}",)
