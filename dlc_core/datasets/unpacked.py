"""What can be scored in an unpacked archive: a folder of images, or a table that names them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dlc_core.datasets.folder_root import folders_in, tops_of
from dlc_core.datasets.image_formats import looks_like_image
from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.splits import part_of
from dlc_core.datasets.table_columns import as_text, roles_of
from dlc_core.datasets.table_paths import below, image_root, posix
from dlc_core.datasets.table_reading import TABLE_SUFFIXES, read_table, table_suffix
from dlc_core.errors import DLCError

_TRIED = 20  # rows of a table whose images are looked for
_DEEPEST = 8
_LARGEST = 1 << 26  # bytes of a JSON file


def is_data(name: str) -> bool:
    """Whether a file of a name is an image or a table: all that is kept of what was uploaded."""
    return looks_like_image(name) or table_suffix(name) is not None


def dataset_root(folder: Path) -> Path:
    """Return what is most likely meant: the first of `dataset_choices`."""
    return dataset_choices(folder)[0]


def dataset_choices(folder: Path) -> list[Path]:
    """Return what may be scored in an unpacked folder, the most likely first.

    That is a table at its top if its images are there, and it is the only one with labels or the
    folder has no class folders (which column holds the labels is then a person's to say); else the
    folder, or the only one inside it. A table that is about something else comes last.

    Args:
        folder: the root of what was unpacked.

    Returns:
        At least the folder.
    """
    for _ in range(_DEEPEST):
        if list(_tables(folder)):
            break
        inside = folders_in(folder)
        if len(inside) != 1 or len(list(folder.iterdir())) != 1:
            break
        only = folder / inside[0]
        if not folders_in(only) and not list(_tables(only)):
            break  # it is a class
        folder = only
    flat = len(tops_of(folder)) < 2  # no class folders: the labels must be in a table
    naming = [file for file in _tables(folder) if _names_images(file, labelled=not flat)]
    naming.sort(key=_train_first)
    others = [table for table in _tables(folder) if table not in naming]
    if len(naming) == 1 or (naming and flat):
        return [*naming, folder, *others]
    return [folder, *naming, *others]


def _tables(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.suffix.lower() in TABLE_SUFFIXES and entry.name[0] != "." and entry.is_file():
            yield entry


def _train_first(table: Path) -> tuple[bool, str]:
    said = part_of(table.stem)
    return said is None or said.part != "train", table.name


def _names_images(file: Path, *, labelled: bool) -> bool:
    """Whether a table has paths, and labels if need be, and an image of its first rows is there."""
    if file.suffix.lower() == ".json" and file.stat().st_size > _LARGEST:
        return False  # it would be read whole, at each look
    try:
        table = read_table(file, rows=_TRIED)
        roles = roles_of(file.name, table, Asked())
        if labelled and roles.label is None:
            return False
        paths = [posix(path) for path in as_text(table[roles.path])]
        root = image_root(file, None, paths)
        placed = [below(root, path) for path in paths if path]
        return any(not fault and (root / path).is_file() for path, fault in placed)
    except (DLCError, OSError, ValueError):  # ValueError: a name with a NUL
        return False
