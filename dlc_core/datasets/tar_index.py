"""The members of tar shards: which belong together, and where in the file an image is."""

from __future__ import annotations

import json
import tarfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from dlc_core.data_files import open_data
from dlc_core.datasets.files_below import shown
from dlc_core.datasets.image_formats import looks_like_image
from dlc_core.datasets.left_out import empty_cautions, ending_notes
from dlc_core.decompression_limits import memory_room
from dlc_core.errors import DLCError, reason_of
from dlc_core.file_names import printable

_LABEL_ENDINGS = ("cls", "label", "txt", "class")
_SMALL = 1 << 20  # bytes of a label or of a JSON member
_ENTRY = 2048  # bytes that a file may take in memory
_LONGEST_HEADER = 1 << 15  # bytes; two paths and some attributes
_DAMAGE = (OSError, EOFError, ValueError, IndexError, OverflowError, RecursionError)
_EXTENSIONS = (  # headers that say more of the next one
    tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)  # fmt: skip
_JSON_LABELS = ("label", "class", "cls", "class_name", "target")


class BoundedHeader(tarfile.TarInfo):
    """A header whose size is a possible one: Python goes back for negative ones, without an end.

    Names, and what else a header of its own says of the next file, are read into memory.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Return the header in a block.

        Raises:
            tarfile.ReadError: if its size cannot be.
        """
        header = super().frombuf(buf, encoding, errors)
        if header.size < 0 or (header.type in _EXTENSIONS and header.size > _LONGEST_HEADER):
            raise tarfile.ReadError(f"a header claims {header.size:,} bytes (a bomb?)")
        return header


@dataclass
class Entry:
    """One key of a shard: where its image is, its label, what else is known of it.

    `images` are the names of all its images, of which one counts; `endings` those of its members
    that are no image.
    """

    path: str = ""
    shard: int = 0
    offset: int = 0
    size: int = 0
    label: str = ""
    sparse: bool = False
    more: dict[str, Any] = field(default_factory=dict)
    images: list[str] = field(default_factory=list)
    endings: list[str] = field(default_factory=list)


def entries_of(
    number: int, shard: Path, label: str | None, image: str | None = None, *, before: int = 0
) -> list[Entry]:
    """Return what each key of a shard has; only headers and labels are read.

    Args:
        number: of the shard.
        shard: a plain .tar file.
        label: the ending, or the key in a JSON member, that has the label; None = the usual ones.
        image: the ending of the image that counts, such as "left.png"; None = the first image.
        before: files in the shards before it.

    Returns:
        The keys in order; `path` is "" where there is no image.

    Raises:
        DLCError: if the shard cannot be read, or holds more files than there is memory for.
    """
    found: dict[str, Entry] = {}
    most, count, place = memory_room() // _ENTRY, before, -1
    try:
        with (
            open_data(shard) as stream,
            tarfile.open(fileobj=stream, mode="r:", tarinfo=BoundedHeader) as tar,
        ):
            while (member := tar.next()) is not None:
                vars(tar)["members"].clear()  # else all headers stay in memory
                if tar.offset <= place:
                    raise tarfile.ReadError("a header leads back to an earlier one")
                place, count = tar.offset, count + member.isfile()
                if count > most:
                    raise DLCError(
                        f"the shards hold more than {most:,} files, for which this machine lacks "
                        f"the memory ({shown(shard)}); name fewer shards."
                    )
                folder, _, name = member.name.rpartition("/")
                if not member.isfile() or name.startswith("."):
                    continue
                key, _, ending = name.partition(".")
                entry = found.setdefault(f"{folder}/{key}".lstrip("/"), Entry(shard=number))
                _take(tar, member, entry, ending.lower(), label, image)
    except DLCError:
        raise
    except (tarfile.TarError, *_DAMAGE) as error:
        reason = reason_of(error)
        raise DLCError(f"the shard {shown(shard)} cannot be read: {reason}.") from error
    return list(found.values())


def left_out(entries: list[Entry]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what is said of images that do not count and of keys without one: notes, cautions."""
    several = [entry for entry in entries if len(entry.images) > 1]
    none = [entry for entry in entries if not entry.path]
    endings = Counter(f".{ending.rpartition('.')[2]}" for one in none for ending in one.endings)
    notes = []
    if none:
        notes.append(
            "1 key has no image and is left out"
            if len(none) == 1
            else f"{len(none):,} keys have no image and are left out"
        )
    return (*notes, *ending_notes(endings)), (*_several(several), *empty_cautions({}, endings))


def dotted(entries: list[Entry]) -> str:
    """Return what is said of names with a dot before the ending that parts them; "" if none."""
    several = [entry for entry in entries if len(entry.images) > 1]
    endings = {_ending(name) for entry in several for name in entry.images}
    if len(endings) <= len(several):
        return ""  # the same endings at each key: left.png, right.png
    first, second = (printable(name) for name in several[0].images[:2])
    return (
        f"a key of WebDataset ends at the first dot of a name, so {first} and {second} are one "
        "sample; write the names without dots in them (v1_0000.png, not v1.0000.png)"
    )


def _several(entries: list[Entry]) -> tuple[str, ...]:
    if not entries:
        return ()
    if said := dotted(entries):
        return (said[0].upper() + said[1:] + ".",)
    first, second = (printable(name) for name in entries[0].images[:2])
    keys = "1 key holds" if len(entries) == 1 else f"{len(entries):,} keys hold"
    return (
        f"{keys} several images, such as {first} and {second}; one of each counts, the others are "
        f"left out: choose with --image-column {_ending(second)}.",
    )


def _ending(name: str) -> str:
    return printable(name.rpartition("/")[2].partition(".")[2].lower())


def _take(
    tar: tarfile.TarFile,
    member: tarfile.TarInfo,
    entry: Entry,
    ending: str,
    wanted: str | None,
    image: str | None,
) -> None:
    if looks_like_image(f"x.{ending}"):
        entry.images.append(member.name)
        if not entry.path and image in (None, ending):
            entry.path, entry.offset, entry.size = member.name, member.offset_data, member.size
            entry.sparse = member.issparse()
        return
    entry.endings.append(ending)
    if member.size > _SMALL or member.issparse():  # holes may be long
        return
    if ending == wanted or (wanted is None and ending in _LABEL_ENDINGS):
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
