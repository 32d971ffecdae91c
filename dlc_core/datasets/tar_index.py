"""The members of tar shards: which belong together, and where in the file an image is."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dlc_core.datasets.files import shown
from dlc_core.datasets.image_formats import IMAGE_SUFFIXES
from dlc_core.errors import DLCError, reason_of

_LABEL_ENDINGS = ("cls", "label", "txt", "class")
_SMALL = 1 << 20  # bytes of a label or of a JSON member
_JSON_LABELS = ("label", "class", "cls", "class_name", "target")


@dataclass
class Entry:
    """One key of a shard: where its image is, its label, what else is known of it."""

    path: str = ""
    shard: int = 0
    offset: int = 0
    size: int = 0
    label: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def entries_of(number: int, shard: Path, label: str | None) -> list[Entry]:
    """Return what each key of a shard has, those with an image; only headers and labels are read.

    Args:
        number: of the shard.
        shard: a plain .tar file.
        label: the ending, or the key in a JSON member, that has the label; None = the usual ones.

    Raises:
        DLCError: if the shard cannot be read.
    """
    found: dict[str, Entry] = {}
    try:
        with tarfile.open(shard, "r:") as tar:
            for member in tar:
                folder, _, name = member.name.rpartition("/")
                if not member.isfile() or name.startswith("."):
                    continue
                key, _, ending = name.partition(".")
                entry = found.setdefault(f"{folder}/{key}".lstrip("/"), Entry(shard=number))
                _take(tar, member, entry, ending.lower(), label)
    except (tarfile.TarError, OSError, EOFError) as error:
        reason = reason_of(error)
        raise DLCError(f"the shard {shown(shard)} cannot be read: {reason}.") from error
    return [entry for entry in found.values() if entry.path]


def _take(
    tar: tarfile.TarFile, member: tarfile.TarInfo, entry: Entry, ending: str, wanted: str | None
) -> None:
    if f".{ending.rpartition('.')[2]}" in IMAGE_SUFFIXES:
        if not entry.path:
            entry.path, entry.offset, entry.size = member.name, member.offset_data, member.size
    elif member.size > _SMALL:
        return
    elif ending == wanted or (wanted is None and ending in _LABEL_ENDINGS):
        entry.label = entry.label or _text(tar, member)
    elif ending == "json":
        try:
            value = json.loads(_text(tar, member))
        except ValueError:
            return
        if isinstance(value, dict):
            entry.more = {
                str(key): one for key, one in value.items() if not isinstance(one, dict | list)
            }
            names = _JSON_LABELS if wanted is None else (wanted,)
            said = next((entry.more.pop(name) for name in names if name in entry.more), "")
            entry.label = entry.label or str(said)


def _text(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = tar.extractfile(member)
    return file.read().decode("utf-8", errors="replace").strip() if file else ""
