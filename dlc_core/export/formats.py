"""The formats that a subset can be exported in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.export import tables
from dlc_core.export.archive import write_zip
from dlc_core.export.content import Content
from dlc_core.export.fiftyone import to_fiftyone
from dlc_core.export.huggingface import write_hf, write_hf_imagefolder
from dlc_core.export.job import Job, Written
from dlc_core.export.snippet import to_snippet
from dlc_core.export.tree import write_imagefolder

FOLDER = "folder"  # instead of a media type


@dataclass(frozen=True)
class Exporter:
    """A format that is one file, made from the run alone.

    Attributes:
        description: for people.
        media_type: for a browser.
        suffix: of the file's name, with the dot.
        encode: content -> the file's bytes: the same content, the same bytes.
        table: the file's bytes -> the table in it; None where it cannot be read back.
        both: whether it can tell kept from dropped samples in one file.
        part: what it holds unless said otherwise.
    """

    description: str
    media_type: str
    suffix: str
    encode: Callable[[Content], bytes]
    table: Callable[[bytes], pd.DataFrame] | None = None
    both: bool = True
    part: str = "kept"

    needs_images = False

    def ids(self, data: bytes) -> NDArray[np.int64]:
        """Return the kept ids in a file's bytes, in its order; a column `status` tells which.

        Raises:
            DLCError: if the format cannot be read back.
            ValueError, KeyError, TypeError: if the file holds no ids.
        """
        if self.table is None:
            raise DLCError("this format cannot be read back; take one of the tables.")
        table = self.table(data)
        if "status" in table:
            table = table[table["status"] == "kept"]
        ids = pd.to_numeric(table["id"])
        if not (ids % 1 == 0).all() or (ids < 0).any():
            raise ValueError("ids are whole numbers from 0")
        return ids.to_numpy(dtype=np.int64)


@dataclass(frozen=True)
class ImageExporter:
    """A format that holds the images, too: it takes long, tells how far it is, and can be stopped.

    Attributes:
        description: for people.
        media_type: for a browser, or FOLDER.
        suffix: of the file's name, with the dot; "" for a folder.
        write: does it.
        modes: whether files may be linked instead of copied.
    """

    description: str
    media_type: str
    suffix: str
    write: Callable[[Job], Written]
    modes: bool = False

    needs_images = True
    both = False
    part = "kept"


# Those that `dlc prune --out` writes, by suffix: quick, and read back.
EXPORTERS: dict[str, Exporter] = {
    "csv": Exporter(
        "CSV table: one row per sample; text that a spreadsheet would execute has an apostrophe "
        "before it",
        "text/csv",
        ".csv",
        tables.to_csv,
        tables.from_csv,
    ),
    "parquet": Exporter(
        "Parquet table: the same, typed and small",
        "application/vnd.apache.parquet",
        ".parquet",
        tables.to_parquet,
        tables.from_parquet,
    ),
    "json": Exporter(
        "JSON: the recipe and the samples",
        "application/json",
        ".json",
        tables.to_json,
        tables.from_json,
    ),
    "jsonl": Exporter(
        "JSON lines: one object per sample",
        "application/jsonl",
        ".jsonl",
        tables.to_jsonl,
        tables.from_jsonl,
    ),
    "npy": Exporter(
        "NumPy array of the ids (int64): positions in torchvision's ImageFolder",
        "application/octet-stream",
        ".npy",
        tables.to_npy,
        tables.from_npy,
        both=False,
    ),
}

# All of `dlc export`.
FORMATS: dict[str, Exporter | ImageExporter] = {
    **EXPORTERS,
    "imagefolder": ImageExporter(
        "folder label/file of the images, as torchvision's ImageFolder reads it",
        FOLDER,
        "",
        write_imagefolder,
        modes=True,
    ),
    "zip": ImageExporter("the same tree as a ZIP", "application/zip", ".zip", write_zip),
    "hf-imagefolder": ImageExporter(
        "folder with metadata, as Hugging Face load_dataset('imagefolder') reads it",
        FOLDER,
        "",
        write_hf_imagefolder,
        modes=True,
    ),
    "hf": ImageExporter(
        "folder that Hugging Face datasets.load_from_disk reads (needs dlc-dashboard[hf])",
        FOLDER,
        "",
        write_hf,
    ),
    "fiftyone": Exporter(
        "JSON of tags for FiftyOne: kept, dropped, excluded; its loader is in it",
        "application/json",
        ".json",
        to_fiftyone,
        tables.from_json,
        part="both",
    ),
    "torch": Exporter(
        "Python file with a torch Subset and a WeightedRandomSampler",
        "text/x-python",
        ".py",
        to_snippet,
        both=False,
    ),
}


def export_format(name: str) -> Exporter | ImageExporter:
    """Return a format by name.

    Raises:
        DLCError: if there is none of this name.
    """
    if name not in FORMATS:
        raise DLCError(f"unknown format {name!r}; expected one of {', '.join(FORMATS)}.")
    return FORMATS[name]


def exporter(name: str) -> Exporter:
    """Return a format of one file by name.

    Raises:
        DLCError: if there is none of this name.
    """
    found = export_format(name)
    if isinstance(found, ImageExporter):
        raise DLCError(f"the format {name!r} holds images; make it with dlc export.")
    return found


def format_of(path: str | Path) -> str:
    """Return the format that a file's suffix names.

    Raises:
        DLCError: if it names none.
    """
    suffix = Path(path).suffix.lower()
    for name, found in EXPORTERS.items():
        if found.suffix == suffix:
            return name
    known = ", ".join(found.suffix for found in EXPORTERS.values())
    raise DLCError(f"cannot tell the format of {path}; expected a name that ends in {known}.")


def check_part(name: str, part: str) -> None:
    """Refuse a part that a format cannot hold.

    Raises:
        DLCError: if it cannot.
    """
    if part == "both" and not export_format(name).both:
        able = ", ".join(key for key, found in FORMATS.items() if found.both)
        raise DLCError(
            f"the format {name!r} holds kept or dropped samples, not both; take one of {able}."
        )
