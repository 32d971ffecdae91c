"""WebDataset: tar shards of files that share a key (key.jpg, key.cls), read in place.

The webdataset library streams; a score needs every image again by its place, so the shards' headers
are read once (the standard library's tarfile) and images by offset. Format: one sample is the files
with the same name up to the first dot, next to each other.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from dlc_core.data_files import data_status, open_data
from dlc_core.data_roots import is_allowed, require_allowed
from dlc_core.datasets.dataset import Dataset, Fault, Sample
from dlc_core.datasets.files_below import shown
from dlc_core.datasets.images import UnreadableImage, decoded
from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.table_columns import Roles, classes_of, kept_columns
from dlc_core.datasets.table_json import records_table
from dlc_core.datasets.tar_index import Entry, dotted, entries_of, left_out
from dlc_core.errors import DLCError
from dlc_core.file_names import is_utf8, printable

_MOST_SHARDS = 100_000
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")  # gzip, bzip2, xz, zstandard


def takes_webdataset(text: str) -> bool:
    """Whether a text names tar shards: a .tar, a pattern of them, or a folder of nothing else."""
    path = Path(text).expanduser()
    if re.search(r"\.(tar|tar\.gz|tgz|tar\.zst|tar\.xz)$", text.lower()):
        return not path.is_dir()
    if not path.is_dir() or not is_allowed(path):
        return False
    with os.scandir(path) as entries:
        names = [entry.name for _, entry in zip(range(1000), entries, strict=False)]
    shards = [name for name in names if name.endswith(".tar")]
    others = [n for n in names if not n.endswith((".tar", ".json", ".txt", ".md")) and n[0] != "."]
    return bool(shards) and not others


def _packed(shard: Path) -> bool:
    try:
        with open_data(shard) as file:
            return file.read(6).startswith(_PACKED)
    except OSError:  # told when it is read
        return False


def load_webdataset(text: str, asked: Asked) -> Dataset:
    """List the samples of tar shards, in the order of shards and members; no image is decoded.

    Args:
        text: a .tar file, a folder of them, or a pattern such as train-{000..009}.tar or *.tar.
        asked: --label-column names the ending (cls) or the key of the JSON member that has the
            label; without one, .cls, .label or .txt, then "label" in .json, then the folder.
            --image-column names the ending of the image that counts where a key has several.

    Raises:
        DLCError: if there is no shard, one is compressed or damaged, or nothing has a label.
    """
    asked.refuse("a WebDataset", "id_column", "split_column", "image_root", "clusters")
    shards = _shards(text, asked.split)
    label = asked.label_column
    entries: list[Entry] = []
    files = 0
    for number, shard in enumerate(shards):
        found = entries_of(number, shard, label, asked.image_column, before=files)
        files += sum(len(entry.images) + len(entry.endings) for entry in found)
        entries += found
    if asked.image_column is not None and not any(entry.path for entry in entries):
        raise DLCError(
            f"no image in {shown(shards[0])} ends in {asked.image_column!r} (--image-column)."
        )
    samples, faults, kept = _samples([entry for entry in entries if entry.path])
    if not samples:
        if said := dotted(entries):
            raise DLCError(f"no sample in {shown(shards[0])} has a label: {said}.")
        first = f": {faults[0].path} {faults[0].error}" if faults else ""
        raise DLCError(
            f"no image with a label in {shown(shards[0])}{first}; expected members such as "
            "key.jpg with key.cls."
        )
    classes = classes_of([entry.label for entry in kept])
    ids = {name: class_id for class_id, name in enumerate(classes)}
    samples = [
        sample._replace(class_id=ids[entry.label])
        for sample, entry in zip(samples, kept, strict=True)
    ]
    by_id = dict(zip((sample.id for sample in samples), kept, strict=True))
    stamps = [(one.st_size, one.st_mtime_ns) for one in map(data_status, shards)]
    columns, dropped = kept_columns(
        records_table([entry.more for entry in kept], _name(shards)),
        Roles("", None, None, asked.group_column),
    )
    notes, cautions = left_out(entries)
    group = asked.group_column
    if group is not None and group not in columns:
        raise DLCError(f"no JSON member has a key {group!r} (--group-column) in every shard.")

    def encoded(sample: Sample) -> bytes:
        entry = by_id[sample.id]
        try:
            with open_data(shards[entry.shard]) as file:
                file.seek(entry.offset)
                data = file.read(min(entry.size, stamps[entry.shard][0]))
        except OSError as error:
            raise DLCError(
                f"the shard {shown(shards[entry.shard])} was there and is gone; bring it back and "
                "go on with --resume, what was done is kept."
            ) from error
        if len(data) != entry.size:
            raise UnreadableImage("the shard ends in the middle of it")
        return data

    def read(sample: Sample) -> Image.Image:
        return decoded(io.BytesIO(encoded(sample)))

    return Dataset(
        kind="webdataset",
        name=printable(_name(shards)),
        root="",
        split=asked.split,
        classes=classes,
        samples=tuple(samples),
        faults=tuple(faults),
        read=read,
        stamp=lambda sample: stamps[by_id[sample.id].shard],
        columns=columns,
        encoded=encoded,
        notes=(*((f"{len(dropped)} JSON keys are not kept",) if dropped else ()), *notes),
        cautions=cautions,
    )


def _name(shards: list[Path]) -> str:
    return shards[0].stem if len(shards) == 1 else f"{shards[0].parent.name} ({len(shards)} shards)"


def _shards(text: str, split: str | None) -> list[Path]:
    path = Path(text).expanduser()
    if path.is_dir():
        found = sorted(require_allowed(path).glob("*.tar"))
    else:
        found = []
        for one in _braces(text):
            whole = Path(one).expanduser()
            star = "*" in whole.name or "?" in whole.name
            require_allowed(whole.parent if star else whole)
            found += sorted(whole.parent.glob(whole.name)) if star else [whole]
    found = [shard.absolute() for shard in found]
    if split is not None:
        found = [shard for shard in found if split in shard.name]
    if not found:
        raise DLCError(
            f"no .tar shard in {printable(text)}"
            + (f" has {split!r} in its name." if split else ".")
        )
    for shard in found:
        if not shard.is_file():
            raise DLCError(f"no such shard: {shown(shard)}; expected a .tar file.")
        if shard.suffix != ".tar" or _packed(shard):
            raise DLCError(
                f"{shard.name} is compressed, and images are read in place; unpack it to a plain "
                ".tar first."
            )
    return found


def _braces(text: str) -> Iterator[str]:
    """Yield the texts that a range in braces stands for: a-{08..10} is a-08, a-09, a-10."""
    match = re.search(r"\{(\d+)\.\.(\d+)\}", text)
    if match is None:
        yield text
        return
    first, last = int(match[1]), int(match[2])
    if not first <= last < first + _MOST_SHARDS:
        raise DLCError(f"{match[0]} is no range of at most {_MOST_SHARDS:,} shards.")
    for number in range(first, last + 1):
        yield from _braces(
            text[: match.start()] + f"{number:0{len(match[1])}d}" + text[match.end() :]
        )


def _samples(entries: list[Entry]) -> tuple[list[Sample], list[Fault], list[Entry]]:
    samples, faults, kept = [], [], []
    seen: set[str] = set()
    for place, entry in enumerate(entries):
        path = entry.path.removeprefix("./").lstrip("/")
        entry.label = entry.label or path.rpartition("/")[0].rpartition("/")[2]
        fault = ""
        if not is_utf8(path) or not is_utf8(entry.label) or len(entry.label) > 200:
            fault = "its name or label is not valid UTF-8, or too long"
        elif ".." in path.split("/"):
            fault = "its name leads out of the shard"
        elif entry.sparse:
            fault = "is stored with holes (tar --sparse); pack it without"
        elif not entry.label:
            fault = "has no label (.cls, .txt, .json or a folder)"
        if path in seen:
            path = f"{entry.shard:06d}/{path}"
        if not fault and path in seen:
            fault = "is there twice in one shard"
        if fault:
            faults.append(Fault(printable(path), printable(entry.label[:200]), fault))
            continue
        seen.add(path)
        samples.append(Sample(place, path, 0))
        kept.append(entry)
    return samples, faults, kept
