"""The registry of containers: a file's ending -> how its records are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dlc_core.datasets.compressed_files import STREAMED
from dlc_core.datasets.instructions.container import Container
from dlc_core.datasets.instructions.json_array import json_file
from dlc_core.datasets.instructions.json_lines import JsonLines
from dlc_core.datasets.instructions.parquet_records import parquet_records
from dlc_core.datasets.instructions.separated_records import separated_records

CONTAINERS: dict[str, Callable[[Path], Container]] = {
    ".json": json_file,
    ".jsonl": JsonLines,
    ".ndjson": JsonLines,
    ".parquet": parquet_records,
    ".csv": separated_records,
    ".tsv": lambda file: separated_records(file, "\t"),
}
_WHOLE = {".parquet"}  # has a compression of its own


def container_suffix(name: str) -> str | None:
    """Return the ending of a file of records, such as ".jsonl" for x.jsonl.gz; None for others."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes[-2:]]
    if suffixes and suffixes[-1] in STREAMED and suffixes[0] not in _WHOLE:
        suffixes.pop()
    return suffixes[-1] if suffixes and suffixes[-1] in CONTAINERS else None


def container_ending(name: str) -> str:
    """Return the whole ending of a file of records, such as ".jsonl.gz"; "" of others."""
    suffix = container_suffix(name)
    return "" if suffix is None else name[name.lower().rindex(suffix) :]


def opened_container(file: Path) -> Container:
    """Return a file's records; `container_suffix` knows its name.

    Raises:
        DLCError: if it cannot be read at all.
        OSError: if the system refuses it.
    """
    return CONTAINERS[container_suffix(file.name) or ".jsonl"](file)
