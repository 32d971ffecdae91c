"""The rows of a table as samples and faults, and whether their images are where they should be."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import numpy as np

from dlc_core.data_roots import is_allowed
from dlc_core.datasets.dataset import Fault, Sample
from dlc_core.datasets.files_below import shown
from dlc_core.datasets.table_columns import classes_of
from dlc_core.datasets.table_paths import below, is_outside, posix
from dlc_core.errors import DLCError
from dlc_core.file_names import is_utf8, printable
from dlc_core.plurals import counted

_TRIED = 20  # images that are looked for; if none of them is there, all are
_LISTED = 10_000  # names of a folder that one is looked for among
_LONGEST = 200  # characters of a label
_LONGEST_PATH = 4096


class Rows:
    """The rows of a table as samples and faults.

    Attributes:
        classes: their labels, in order.
        samples, faults: of the rows; a sample's id is its row.
        places: (N,) the samples' rows.
        outside: paths in full, as `posix` has them, that lead out of the root.
    """

    def __init__(
        self,
        root: Path,
        paths: list[str],
        labels: list[str],
        moved: Mapping[str, str] | None = None,
    ) -> None:
        """Sort the rows.

        Args:
            root: the folder that the paths are relative to.
            paths: as they are typed.
            labels: "" = none.
            moved: path, as `posix` has it -> where it is below the root.
        """
        self._root, self._moved = root, moved or {}
        self.classes = classes_of([label for label in labels if label])
        self.samples: list[Sample] = []
        self.faults: list[Fault] = []
        self.outside: list[str] = []
        ids = {name: class_id for class_id, name in enumerate(self.classes)}
        seen: dict[str, int] = {}
        places = []
        for row, (typed, label) in enumerate(zip(paths, labels, strict=True)):
            path, fault = self._below(typed)
            if not fault and path in seen:
                fault = f"is named twice (first in row {seen[path] + 1} of the part that is read)"
            if not fault and not label:
                fault = "has no label"
            if not fault and (len(label) > _LONGEST or not is_utf8(label)):
                fault = f"its label is longer than {_LONGEST} characters, or no text"
            if fault:
                path = path[:_LONGEST_PATH] or f"row {row + 1}"
                self.faults.append(Fault(printable(path), printable(label[:_LONGEST]), fault))
                continue
            seen[path] = row
            places.append(row)
            self.samples.append(Sample(row, path, ids[label]))
        self.places = np.array(places, dtype=np.int64)

    def _below(self, typed: str) -> tuple[str, str]:
        """Return a path relative to the root in POSIX form, and what is wrong with it."""
        if not typed:
            return "", "the cell of its path is empty"
        if "://" in typed and not typed.startswith("file://"):
            return typed, "is an address; download it and name the file"
        if "\0" in typed or not is_utf8(typed) or len(typed) > _LONGEST_PATH:
            return typed, "is no possible path"
        if self._moved and (whole := posix(typed)) in self._moved:
            return self._moved[whole], ""
        path, fault = below(self._root, typed)
        if is_outside(fault):
            self.outside.append(posix(typed))
        return path, fault

    def some_there(self) -> bool:
        """Whether one of the first images is there."""
        return any(self._is_there(sample) for sample in self.samples[:_TRIED])

    def _is_there(self, sample: Sample) -> bool:
        return os.path.exists(self._root / sample.path)  # noqa: PTH110 - False for any bad name

    def require_there(self, name: str) -> str:
        """Refuse a table none of whose images is where it should be.

        Args:
            name: of the table.

        Returns:
            What a person should know if many are missing, in a sentence, or "".

        Raises:
            DLCError: if none is there, with what was found instead.
        """
        if not self.samples:
            first = f": {self.faults[0].path:.200} {self.faults[0].error}" if self.faults else ""
            raise DLCError(f"no row of {name} names a usable image{first}.")
        if self.some_there():
            return ""
        first_path = self.samples[0].path
        there = sum(map(self._is_there, self.samples[_TRIED:]))
        count = len(self.samples)
        if there:
            return (
                f"the first {_TRIED} images of {name} are not there (such as "
                f"{printable(first_path)}); of all {count:,}, {there:,} are."
            )
        raise DLCError(
            f"none of the {counted(count, 'image')} of {name} is in {shown(self._root)} (such as "
            f"{printable(first_path):.200}{_instead(self._root / first_path)}); name the folder "
            "that the paths start from with --image-root, or mend the column."
        )


def _instead(file: Path) -> str:
    """Say which file is there that the path may mean: with other capitals, or an ending."""
    wanted = file.name.casefold()
    if not is_allowed(file.parent):
        return ""
    try:
        with os.scandir(file.parent) as entries:
            names = [entry.name for entry in islice(entries, _LISTED)]
    except OSError:
        return ""
    same = [name for name in names if name.casefold() == wanted]
    longer = [name for name in names if name.casefold().startswith(f"{wanted}.")]
    other = [name for name in names if Path(name).stem.casefold() == Path(wanted).stem]
    for found, why in (
        (same, "capitals differ"), (longer, "the paths lack the ending"),
        (other, "the ending differs"),
    ):  # fmt: skip
        if found:
            return f", but {printable(min(found)):.200} is there: {why}"
    return ""
