"""A folder of images with a table of their labels in it: metadata.csv, .jsonl or .parquet.

That is the imagefolder of Hugging Face: a column file_name, relative to the table, and what is
known of each image. Parts (train, test …) have a table each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dlc_core.datasets.dataset import Dataset
from dlc_core.datasets.files_below import existing_folder, shown
from dlc_core.datasets.folder_root import folders_in, tops_of
from dlc_core.datasets.imagefolder import load_imagefolder
from dlc_core.datasets.left_out import empty_cautions, ending_notes
from dlc_core.datasets.listing import Listing
from dlc_core.datasets.part_folders import Parts, Top, called, pick_part
from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.splits import part_of
from dlc_core.datasets.table import load_table
from dlc_core.datasets.table_columns import LABELS, guess
from dlc_core.datasets.table_reading import read_table
from dlc_core.errors import DLCError
from dlc_core.file_names import printable
from dlc_core.plurals import counted

NAMES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
_FILE = "file_name"


def takes_metadata(text: str) -> bool:
    """Whether a text is a folder whose labels are in such a table, or nowhere else."""
    root = Path(text).expanduser()
    try:
        files = _files(root) if root.is_dir() else {}
        if not files:
            return False
        file = _first(files)
        columns = [str(name) for name in read_table(file, rows=1).columns]
        if guess(columns, [_FILE]) is None:
            return False
        return guess(columns, LABELS) is not None or len(tops_of(file.parent)) < 2
    except DLCError:  # told by who reads it
        return False


def metadata_file(root: Path) -> Path:
    """Return the table of a folder, that of train where there are parts.

    Raises:
        DLCError: if there is none.
    """
    if not (files := _files(root)):
        raise DLCError(f"no {' or '.join(NAMES)} in {shown(root)}; expected one beside the images.")
    return _first(files)


def load_metadata_folder(text: str, asked: Asked) -> Dataset:
    """List the images that the table in their folder names; no image is opened.

    Args:
        text: the folder; "imagefolder:" in front of it takes its folders as classes instead.
        asked: as for a table, and the part; clusters take the images without their labels.

    Raises:
        DLCError: as for a table, or if there is none.
    """
    root = existing_folder(Path(text), expected="a folder of images with a metadata.csv")
    if asked.clusters is not None:
        return load_imagefolder(text, asked)
    file, split, files = metadata_file(root), asked.split, _files(root)
    name = root.name
    if len(files) > 1 or next(iter(files)):
        tops = [Top(call, frozenset(), True) for call in files]
        parts = Parts({call: call for call in files}, {call: call for call in files})
        split, _ = pick_part(parts, tops, asked.split, shown(root))
        file, name, asked = files[split], f"{root.name} ({split})", replace(asked, split=None)
    data = load_table(str(file), asked)
    left = _left_out(file, data)
    return replace(
        data,
        name=printable(name if data.split is None else f"{root.name} ({data.split})"),
        split=split if data.split is None else data.split,
        splits=data.splits or tuple(map(printable, filter(None, files))),
        notes=(
            f"labels and columns are those of {file.name}; with imagefolder: before the folder's "
            "name, its folders are the classes",
            *data.notes,
            *_not_named(file, data, left),
            *ending_notes(left.endings),
        ),
        cautions=(*data.cautions, *empty_cautions({}, left.endings)),
    )


def _left_out(file: Path, data: Dataset) -> Listing:
    """Return all images of the folder, and what else is in it but the table."""
    listing = Listing(Path(data.root))
    listing.read_unlabelled()
    listing.endings.subtract([file.suffix.lower()])
    return listing


def _not_named(file: Path, data: Dataset, listing: Listing) -> tuple[str, ...]:
    """Return what says how many images the table does not name."""
    if data.splits:
        return ()  # they may be of another part
    named = {sample.path for sample in data.samples} | {fault.path for fault in data.faults}
    count = sum(sample.path not in named for sample in listing.samples)
    are = "is" if count == 1 else "are"
    words = f"{counted(count, 'image')} {are} not named in {file.name} and left out"
    return (words,) if count else ()


def _first(files: Mapping[str, Path]) -> Path:
    return files.get("train") or next(iter(files.values()))


def _files(root: Path) -> dict[str, Path]:
    """Return the tables by what `--split` calls their part; "" where there is one for all."""
    if (file := _in(root)) is not None:
        return {"": file}
    folders = folders_in(root)
    kinds = {name: said.part for name in folders if (said := part_of(name)) and _in(root / name)}
    if kinds:
        there = {name: _in(root / name) for name in kinds}
        return {call: one for call, name in called(kinds).items() if (one := there[name])}
    if len(folders) == 1 and (file := _in(root / folders[0])) is not None:
        return {"": file}
    return {}


def _in(folder: Path) -> Path | None:
    return next((folder / name for name in NAMES if (folder / name).is_file()), None)
