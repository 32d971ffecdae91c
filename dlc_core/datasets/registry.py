"""Kinds of datasets: which reader takes what a person typed. Packages may add their own."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlc_core.data_roots import typed_path
from dlc_core.datasets.digits import load_digits
from dlc_core.datasets.huggingface import load_huggingface, takes_huggingface
from dlc_core.datasets.imagefolder import load_imagefolder
from dlc_core.datasets.instructions.reader import (
    OF_IMAGES,
    OPTIONS,
    load_instructions,
    takes_instructions,
)
from dlc_core.datasets.metadata_folder import load_metadata_folder, metadata_file, takes_metadata
from dlc_core.datasets.npz import load_npz, takes_npz
from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.reader import Reader
from dlc_core.datasets.remote import load_remote
from dlc_core.datasets.remote_address import address_of, takes_address
from dlc_core.datasets.table import load_table, takes_table
from dlc_core.datasets.table_reading import TABLE_SUFFIXES
from dlc_core.datasets.torchvision_sets import load_torchvision_set
from dlc_core.datasets.webdataset import load_webdataset, takes_webdataset
from dlc_core.errors import DLCError, refused
from dlc_core.file_names import printable
from dlc_core.plugins import load_plugin, plugin_names

GROUP = "dlc.datasets"  # entry points of other packages


# In the order in which they are asked; the image folder takes what is left.
READERS: dict[str, Reader] = {
    "digits": Reader(
        "the bundled example: scikit-learn's 1,797 handwritten digits",
        load_digits,
        lambda text: text == "digits",
        "digits",
        paths=False,
        bundled=True,
        mirrored=False,
    ),
    "remote": Reader(
        "an image folder at an address: S3, Google or Azure buckets, a web server",
        load_remote,
        takes_address,
        "s3://bucket/photos",
        paths=False,
        fetched=True,
        check=address_of,
    ),
    "instructions": Reader(
        "instruction records: JSON, JSONL, Parquet, CSV, a saved dataset, a folder of such files",
        load_instructions,
        takes_instructions,
        "train.jsonl",
        endings=(".jsonl", ".ndjson", ".json", ".jsonl.gz", ".jsonl.zst"),
        options=OPTIONS,
        shuns=OF_IMAGES,
    ),
    "table": Reader(
        "a table of paths and labels, or a list: CSV, TSV, TXT, Parquet, JSON, JSONL",
        load_table,
        takes_table,
        "photos.csv",
        table=lambda path: path,
        endings=tuple(TABLE_SUFFIXES),
    ),
    "npz": Reader(
        "a NumPy archive of arrays of images and labels",
        load_npz,
        takes_npz,
        "photos.npz",
        endings=(".npz",),
        in_server=1 << 28,
    ),
    "webdataset": Reader(
        "tar shards whose files share a key (key.jpg, key.cls): a .tar, a folder or a pattern",
        load_webdataset,
        takes_webdataset,
        "shards/train-{000..009}.tar",
        endings=(".tar",),
        in_server=None,
    ),
    "hf": Reader(
        "Hugging Face datasets: a folder of save_to_disk, Parquet, or a name on the hub",
        load_huggingface,
        takes_huggingface,
        "hf:user/name",
        names=True,
        in_server=None,
    ),
    "torchvision": Reader(
        "torchvision's own datasets by name: DTD, FGVCAircraft, EuroSAT, OxfordIIITPet, CIFAR10 …",
        load_torchvision_set,
        example="torchvision:DTD",
        paths=False,
    ),
    "metadata": Reader(
        "a folder of images with metadata.csv, .jsonl or .parquet (Hugging Face's imagefolder)",
        load_metadata_folder,
        takes_metadata,
        "photos/",
        table=metadata_file,
    ),
    "imagefolder": Reader(
        "a folder with one sub-folder of images per class (root/class/file)",
        load_imagefolder,
        lambda _text: True,
        "photos/",
        class_folders=True,
    ),
}


def reader_names() -> list[str]:
    """Return the names of all readers, those of other packages included."""
    return [*READERS, *(name for name in plugin_names(GROUP) if name not in READERS)]


def reader(name: str) -> Reader:
    """Return the reader of a name from `reader_names`.

    Raises:
        DLCError: if it is a broken plug-in.
    """
    return READERS[name] if name in READERS else load_plugin(GROUP, name, Reader)


def reader_of(known: Mapping[str, Any]) -> Reader | None:
    """Return who read a run's data; None if it was given from Python or by a plug-in that is gone.

    Args:
        known: the run's info["dataset"].
    """
    name = str(known.get("kind", ""))
    try:
        return reader(name) if name in reader_names() else None
    except DLCError:
        return None


def bundled() -> str:
    """Return the name of the data that comes with this program."""
    return next(one.example for one in READERS.values() if one.bundled)


def file_endings() -> set[str]:
    """Return the endings of files that hold data: no part of the data's name."""
    return {ending for one in READERS.values() for ending in one.endings}


def described_readers() -> list[Reader]:
    """Return all readers for a --help; a plug-in that cannot be loaded is passed over."""
    found = []
    for name in reader_names():
        with contextlib.suppress(DLCError):
            found.append(reader(name))
    return found


@dataclass(frozen=True)
class Source:
    """What a person typed, understood: the reader, its name, and the rest of the text."""

    name: str
    reader: Reader
    text: str
    prefix: str = ""

    @property
    def path(self) -> Path | None:
        """The path of this machine that it names; None for names and addresses."""
        path = Path(self.text).expanduser()
        typed = self.text.startswith((".", "/", "~"))
        named = self.reader.names and not typed and not path.exists()  # perhaps one on the hub
        return path if self.reader.paths and not named else None

    def absolute(self) -> str:
        """Return the text again, a path in full."""
        return self.prefix + (self.text if self.path is None else str(self.path.absolute()))


def find_source(text: str, asked: Asked | None = None) -> Source:
    """Return who reads what was typed: "NAME:…" names the reader, else the first that takes it.

    Args:
        text: what was typed.
        asked: what is asked besides, which may show that one reader is meant.

    Raises:
        DLCError: if a plug-in is broken, or a path begins with the home folder of nobody.
    """
    prefix, colon, rest = text.partition(":")
    if colon and not rest.startswith("//") and prefix in reader_names():
        typed_path(rest.strip())
        return Source(prefix, reader(prefix), rest.strip(), f"{prefix}:")
    typed_path(text)
    try:
        given = {} if asked is None else asked.given()
        for name, one in READERS.items():
            if not given.keys() & set(one.shuns) and (
                given.keys() & set(one.options) or one.takes(text)
            ):
                return Source(name, one, text)
    except OSError as error:  # in a folder of somebody else's
        raise DLCError(refused(printable(text)[:200], error, act="read")) from error
    raise AssertionError("the image folder takes everything")
