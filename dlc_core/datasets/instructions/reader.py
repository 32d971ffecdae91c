"""The reader of instruction records: a file, a folder of files, or what save_to_disk wrote."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from dlc_core.data_files import data_status
from dlc_core.datasets.dataset import Dataset
from dlc_core.datasets.files_below import shown
from dlc_core.datasets.instructions.container import Row
from dlc_core.datasets.instructions.containers import (
    CONTAINERS,
    container_ending,
    container_suffix,
    opened_container,
)
from dlc_core.datasets.instructions.file_bytes import damaged
from dlc_core.datasets.instructions.layouts import FIRST, chosen_layout, fitting
from dlc_core.datasets.instructions.listing import LABEL, Listing, Part, Records
from dlc_core.datasets.instructions.saved_records import (
    is_saved,
    may_be_records,
    saved_parts,
    saved_records,
)
from dlc_core.datasets.metadata_folder import takes_metadata
from dlc_core.datasets.parquet_rows import image_column
from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.splits import pick_split, split_of
from dlc_core.datasets.table_columns import PATHS, guess
from dlc_core.errors import DLCError
from dlc_core.file_names import is_utf8, printable
from dlc_core.plurals import counted

OPTIONS = ("layout", "prompt_column", "response_column", "messages_column", "source_column")
OF_IMAGES = ("image_column", "label_column", "id_column", "split_column", "group_column",
             "image_root", "clusters")  # fmt: skip
_HEAD = 20  # records that tell whether a file holds such
_MOST_FILES = 10_000
_MOST_FAULTS = 100_000  # where records are fewer
_BESIDE = (".md", ".txt", ".yaml", ".yml", ".py", "")  # what lies in a folder of records besides

_ABOUT = ("dataset_info.json", "dataset_infos.json")  # tell of the files beside them


def takes_instructions(text: str) -> bool:
    """Whether a text is the path of instruction records: their fields fit a layout, none is a path.

    The first records are looked at; what cannot be read is for others to say.
    """
    path = Path(text).expanduser()
    try:
        if path.is_file():
            return container_suffix(path.name) is not None and _holds(path)
        if not path.is_dir():
            return False
        if is_saved(path):
            return _holds_saved(path.absolute(), data_status(path).st_mtime_ns)
        return not takes_metadata(text) and any(map(_holds, _files_in(path)[:_HEAD]))
    except (DLCError, OSError):
        return False


def _holds(file: Path) -> bool:
    status = data_status(file)
    return _looked_at(file.absolute(), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=256)
def _looked_at(file: Path, *_stamp: int) -> bool:
    if file.suffix.lower() == ".parquet" and image_column(file, None) is not None:
        return False
    return _are_records(opened_container(file).rows())


@lru_cache(maxsize=256)
def _holds_saved(folder: Path, _stamp: int) -> bool:
    parts = saved_parts(folder)
    first = folder / parts[0] if parts else folder
    return _are_records(saved_records(first).rows()) if may_be_records(first) else False


def _are_records(rows: Iterator[Row]) -> bool:
    values = [row.value for row in itertools.islice(rows, _HEAD)]
    fields = [value for value in values if isinstance(value, dict)]
    names = list(map(str, dict.fromkeys(itertools.chain.from_iterable(fields))))
    return any(map(fitting, fields)) and guess(names, PATHS) is None


def _files_in(folder: Path) -> list[Path]:
    """Return the files of records in a folder; [] if something else lies there, too."""
    found = []
    for one in itertools.islice(folder.iterdir(), _MOST_FILES):
        if one.name.startswith(".") or one.name in _ABOUT:
            continue
        if container_suffix(one.name) is not None and one.is_file():
            found.append(one)
        elif one.suffix.lower() not in _BESIDE or one.is_dir():
            return []
    return sorted(found)


def load_instructions(text: str, asked: Asked) -> Dataset:
    """List the records of a file or folder; their texts are not kept in memory.

    Args:
        text: the path of a file of records, of a folder of such files (each is a source, or a
            part where all are named train, test …), or of what save_to_disk wrote.
        asked: split, layout and columns.

    Returns:
        The dataset, all of one label; `read` gives a Record, `encoded` its bytes as they stand.

    Raises:
        DLCError: if nothing there is such a record, in one sentence.
    """
    asked.refuse("a file of instruction records", *OF_IMAGES)
    path = Path(text).expanduser().absolute()
    parts, split, splits = _parts(path, asked)
    chosen = chosen_layout((row.value for _, _, row in _rows(parts, FIRST)), path.name, asked)
    listing = Listing(parts, chosen, asked.source_column)
    for part, number, row in _rows(parts):
        listing.add(part, number, row)
        if len(listing.faults) > max(_MOST_FAULTS, len(listing.samples)):
            break
    name = printable(path.name)
    _require_records(name, listing)
    columns = listing.columns()
    records = Records(listing, columns)
    read: Any = records.record
    stem = printable(path.name.removesuffix(container_ending(path.name)) or path.name)
    return Dataset(
        kind="instructions",
        name=f"{stem} ({split})" if split else stem,
        root=str(path if path.is_dir() else path.parent),
        split=split,
        classes=(LABEL,),
        samples=tuple(listing.samples),
        faults=tuple(listing.faults),
        read=read,
        stamp=records.stamp,
        columns=columns,
        encoded=records.raw,
        splits=splits,
        modality="instruction",
    )


def _require_records(name: str, listing: Listing) -> None:
    """Refuse data without a record, or mostly of what is none."""
    if not listing.samples and not listing.faults:
        raise DLCError(f"{name} holds no record; expected one in each line, element or row.")
    if not listing.samples or len(listing.faults) > max(_MOST_FAULTS, len(listing.samples)):
        first = listing.faults[0]
        raise DLCError(
            f"{name} holds {'few records' if listing.samples else 'no record'} that can be read; "
            f"{first.path}, the first of {counted(len(listing.faults), 'fault')}: {first.error}."
        )


def _rows(parts: list[Part], most: int | None = None) -> Iterator[tuple[int, int, Row]]:
    """Yield part, place in it, and value of all records in order, or of the first."""
    rows = (
        (number, place, row)
        for number, part in enumerate(parts)
        for place, row in enumerate(_opened(part))
    )
    return itertools.islice(rows, most)


def _opened(part: Part) -> Iterator[Row]:
    try:
        yield from part.open(part.path).rows()
    except OSError as error:
        if isinstance(error, DLCError):
            raise
        raise damaged(part.path, error) from error


def _parts(path: Path, asked: Asked) -> tuple[list[Part], str | None, tuple[str, ...]]:
    """Return the files that are read, which split that is, and which there are."""
    name = printable(path.name)
    if path.is_dir() and is_saved(path):
        there = saved_parts(path)
        if not there:
            _require_no_split(name, asked)
            return [Part(path, name, saved_records)], None, ()
        split, found = pick_split(there, asked.split, where=name)
        parts = [Part(path / one, f"{name}/{one}", saved_records) for one in found]
        return parts, split, tuple(there)
    if path.is_dir():
        return _folder(path, asked)
    if not path.exists():
        raise DLCError(f"no such file: {shown(path)}; expected records in {', '.join(CONTAINERS)}.")
    if not path.is_file():
        raise DLCError(f"{shown(path)} is no regular file; expected {', '.join(CONTAINERS)}.")
    if container_suffix(path.name) is None:
        raise DLCError(
            f"{name} has no ending that tells what it holds; expected {', '.join(CONTAINERS)}, "
            "perhaps with .gz or .zst after it."
        )
    _require_no_split(name, asked)
    return [Part(path, name, opened_container)], None, ()


def _require_no_split(name: str, asked: Asked) -> None:
    if asked.split not in (None, "train"):
        raise DLCError(f"{name} has no split {asked.split[:40]!r}; it has no parts.")


def _folder(path: Path, asked: Asked) -> tuple[list[Part], str | None, tuple[str, ...]]:
    files = {printable(one.name): one for one in _files_in(path) if is_utf8(one.name)}
    if not files:
        raise DLCError(
            f"{shown(path)} holds no files of records alone; expected {', '.join(CONTAINERS)}."
        )
    stems = {name: name.split(".")[0].split("-")[0] for name in files}  # train-00000-of-00002
    split: str | None = None
    splits: tuple[str, ...] = ()
    if all(map(split_of, stems.values())):
        splits = tuple(dict.fromkeys(stems.values()))
        split, found = pick_split(list(splits), asked.split, where=printable(path.name))
        files = {name: file for name, file in files.items() if stems[name] in found}
    else:
        _require_no_split(printable(path.name), asked)
    return [Part(file, name, opened_container) for name, file in files.items()], split, splits
