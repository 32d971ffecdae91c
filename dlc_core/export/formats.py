"""The formats that a subset can be exported in."""

from __future__ import annotations

from pathlib import Path

from dlc_core.errors import DLCError
from dlc_core.export import tables
from dlc_core.export.archive import write_zip
from dlc_core.export.exporter import FOLDER, Exporter, Format, ImageExporter
from dlc_core.export.fiftyone import to_fiftyone
from dlc_core.export.huggingface import write_hf, write_hf_imagefolder
from dlc_core.export.snippet import snippet_problem, to_snippet
from dlc_core.export.tree import write_imagefolder
from dlc_core.needs import require
from dlc_core.plugins import load_plugin, plugin_names, with_plugins
from dlc_core.runs import Run

GROUP = "dlc.exporters"  # entry points of other packages

# Those that `dlc prune --out` writes, by suffix: quick, and read back.
EXPORTERS: dict[str, Exporter] = {
    "csv": Exporter(
        "CSV table: one row per sample; text that a spreadsheet would execute has an apostrophe "
        "before it",
        "text/csv",
        ".csv",
        tables.to_csv,
        tables.from_csv,
        title="CSV",
    ),
    "parquet": Exporter(
        "Parquet table: the same, typed and small",
        "application/vnd.apache.parquet",
        ".parquet",
        tables.to_parquet,
        tables.from_parquet,
        title="Parquet",
    ),
    "json": Exporter(
        "JSON: the recipe and the samples",
        "application/json",
        ".json",
        tables.to_json,
        tables.from_json,
        title="JSON",
    ),
    "jsonl": Exporter(
        "JSON lines: one object per sample",
        "application/jsonl",
        ".jsonl",
        tables.to_jsonl,
        tables.from_jsonl,
        title="JSON lines",
    ),
    "npy": Exporter(
        "NumPy array of the ids (int64): places in the data (rows of a table, from 0)",
        "application/octet-stream",
        ".npy",
        tables.to_npy,
        tables.from_npy,
        both=False,
        title="NumPy",
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
        title="Folder",
    ),
    "zip": ImageExporter(
        "the same tree as a ZIP",
        "application/zip",
        ".zip",
        write_zip,
        title="ZIP",
        advice="One ZIP of the images, label/file: unpacked, torchvision's ImageFolder reads it. "
        "It is downloaded below; a download that breaks off goes on where it was.",
    ),
    "hf-imagefolder": ImageExporter(
        "folder with metadata, as Hugging Face load_dataset('imagefolder') reads it",
        FOLDER,
        "",
        write_hf_imagefolder,
        modes=True,
        title="Hugging Face folder",
        namesake=True,
    ),
    "hf": ImageExporter(
        "folder that Hugging Face datasets.load_from_disk reads (needs dlc-dashboard[hf])",
        FOLDER,
        "",
        write_hf,
        title="Hugging Face Arrow",
        namesake=True,
        library="datasets",
    ),
    "fiftyone": Exporter(
        "JSON of tags for FiftyOne: kept, dropped, excluded; its loader is in it",
        "application/json",
        ".json",
        to_fiftyone,
        tables.from_json,
        part="both",
        needs=("images",),
        title="FiftyOne",
        namesake=True,
    ),
    "torch": Exporter(
        "Python file with a torch Subset and a WeightedRandomSampler",
        "text/x-python",
        ".py",
        to_snippet,
        both=False,
        needs=("images",),
        title="PyTorch",
        problem=snippet_problem,
    ),
}


def export_formats() -> dict[str, Exporter | ImageExporter]:
    """Return all formats by name; a plug-in that cannot be loaded is passed over."""
    own: dict[str, Format] = {**FORMATS}
    every = with_plugins(GROUP, own, Format)
    return {
        name: found for name, found in every.items() if isinstance(found, Exporter | ImageExporter)
    }


def export_format(name: str) -> Exporter | ImageExporter:
    """Return a format by name.

    Raises:
        DLCError: if there is none of this name, or it is a broken plug-in.
    """
    known = export_formats()
    if name in known:
        return known[name]
    if name in plugin_names(GROUP):
        load_plugin(GROUP, name, Format)  # says what is wrong with it
    raise DLCError(f"unknown format {name!r}; expected one of {', '.join(known)}.")


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


def check_needs(name: str, run: Run) -> None:
    """Refuse a format that cannot be made of a run.

    Raises:
        DLCError: with what the run lacks; where its files were is told by who opens them.
    """
    needs = [need for need in export_format(name).needs if need != "files"]
    require(run, f"the format {name!r}", needs, instead="take csv, parquet or another table")


def check_part(name: str, part: str) -> None:
    """Refuse a part that a format cannot hold.

    Raises:
        DLCError: if it cannot.
    """
    if part == "both" and not export_format(name).both:
        able = ", ".join(key for key, found in export_formats().items() if found.both)
        raise DLCError(
            f"the format {name!r} holds kept or dropped samples, not both; take one of {able}."
        )
