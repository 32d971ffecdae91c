"""An image folder somewhere else: root/class/file over fsspec (s3://, gs://, https:// …)."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from PIL import Image

from dlc_core.datasets.asked import Asked
from dlc_core.datasets.dataset import Dataset, Fault, Sample
from dlc_core.datasets.image_formats import ending_of, looks_like_image
from dlc_core.datasets.images import UnreadableImage, decoded
from dlc_core.datasets.left_out import empty_cautions, ending_notes, same_cautions
from dlc_core.datasets.parts import CLASSES, Parts, Top, parts_among, pick_part
from dlc_core.errors import DLCError, reason_of
from dlc_core.names import is_utf8, printable

_LARGEST = 1 << 30  # bytes of one image file


def load_remote(text: str, asked: Asked) -> Dataset:
    """List the images below an address, one folder for each class; files are read when needed.

    Args:
        text: an address that fsspec knows.
        asked: the split.

    Raises:
        DLCError: if fsspec or its driver is missing, nothing is there, or it cannot be reached.
    """
    asked.refuse("a remote folder", "image_column", "label_column", "id_column", "split_column",
                 "group_column", "image_root", "clusters")  # fmt: skip
    system, root = _system(text)
    found, others = _found(system, root, text)
    place = _place(found, asked.split, printable(text))
    above = _below(found, place.folder)
    left = _below(others, place.folder)
    endings = Counter(map(ending_of, left))
    samples: list[Sample] = []
    faults: list[Fault] = []
    named = unquote if root.startswith("http") else str  # links spell a space %20
    names = sorted({named(path.split("/")[0]) for path in above if "/" in path})
    ids = {name: class_id for class_id, name in enumerate(names)}
    prefix = f"{root.rstrip('/')}/{place.folder}"
    for path in sorted(above):
        label = named(path.split("/")[0])
        if not is_utf8(path):
            faults.append(Fault(printable(path), printable(label), "its name is not valid UTF-8"))
        elif label in ids and "/" in path:
            samples.append(Sample(len(samples) + len(faults), path, ids[label]))
    if not samples:
        raise DLCError(f"no images in folders below {printable(text)}; expected root/class/file.")
    sizes = dict(above)

    def encoded(sample: Sample) -> bytes:
        if sizes[sample.path] > _LARGEST:
            raise UnreadableImage("larger than 1 GB")
        try:
            data: bytes = system.cat_file(prefix + sample.path)
        except FileNotFoundError as error:
            raise UnreadableImage("the file is missing") from error
        except Exception as error:  # every driver has its own kinds
            raise DLCError(
                f"{printable(text)} cannot be reached any more ({reason_of(error)}); go on with "
                "--resume when it can, what was done is kept."
            ) from error
        return data

    def read(sample: Sample) -> Image.Image:
        return decoded(io.BytesIO(encoded(sample)))

    name = root.rstrip("/").rpartition("/")[2]
    return Dataset(
        kind="remote",
        name=printable(f"{name} ({place.split})" if place.split else name),
        root="",
        split=place.split,
        classes=tuple(names),
        samples=tuple(samples),
        faults=tuple(faults),
        read=read,
        stamp=lambda sample: (sizes[sample.path], 0),
        encoded=encoded,
        splits=tuple(map(printable, place.parts.folders)),
        notes=(*place.parts.notes, *ending_notes(endings)),
        cautions=(
            *place.parts.cautions,
            *empty_cautions(_empty(left, names), endings),
            *same_cautions(samples, names),
        ),
    )


@dataclass(frozen=True)
class _Place:
    """Where the class folders are: the folder below the root, with a slash, and what part it is."""

    folder: str
    split: str | None
    parts: Parts


def _system(text: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise DLCError(
            'remote folders need fsspec: pip install "dlc-dashboard[remote]".'
        ) from error
    try:
        system, root = url_to_fs(text)
    except ImportError as error:
        raise DLCError(f"{printable(text)} needs a driver: {reason_of(error)}.") from error
    except (ValueError, OSError) as error:
        raise DLCError(f"{printable(text)} is no known address: {reason_of(error)}.") from error
    return system, str(root)


def _found(system: Any, root: str, text: str) -> tuple[dict[str, int], dict[str, int]]:
    """Return the image files below the root, by relative path, with their sizes, and all others."""
    try:
        listed = system.find(root, detail=True)
        if not listed:  # which some drivers say of a server that does not answer, too
            system.ls(root, detail=False)
    except FileNotFoundError:
        listed = {}
    except Exception as error:  # every driver has its own kinds
        raise DLCError(f"{printable(text)} cannot be reached: {reason_of(error)}.") from error
    above = f"{root.rstrip('/')}/"
    found: dict[str, int] = {}
    others: dict[str, int] = {}
    for path, detail in listed.items():
        relative = str(path).removeprefix(above)
        hidden = any(part.startswith(".") or part == "__MACOSX" for part in relative.split("/"))
        if str(path).startswith(above) and not hidden:
            kind = found if looks_like_image(relative.rpartition("/")[2]) else others
            kind[relative] = int(detail.get("size") or 0)
    if not found:
        there = "; ".join(ending_notes(Counter(map(ending_of, others))))
        raise DLCError(
            f"no images below {printable(text)}; expected root/class/file{there and f' ({there})'}."
        )
    return found, others


def _place(found: dict[str, int], asked: str | None, text: str) -> _Place:
    """Return where the class folders are, as for a folder of this machine."""
    folder, parts = "", Parts()
    while asked != CLASSES:
        tops = _tops(_below(found, folder))
        parts = parts_among(tops)
        there = asked in {top.name for top in tops} or (asked is not None and parts.guessed)
        if parts.folders or there:
            split, name = pick_part(parts, tops, asked, text)
            return _Place(f"{folder}{name}/", split, parts)
        if len(tops) != 1 or tops[0].flat or not tops[0].inner:
            if asked is not None:
                pick_part(parts, tops, asked, text)  # says what there is
            return _Place(folder if len(tops) > 1 else "", None, parts)
        folder += f"{tops[0].name}/"
    return _Place("", None, Parts())


def _tops(paths: dict[str, int]) -> list[Top]:
    inner: dict[str, set[str]] = {}
    flat = set()
    for path in paths:
        first, *rest = path.split("/", 2)
        inner.setdefault(first, set()).update(rest[:1] if len(rest) > 1 else ())
        if len(rest) == 1:
            flat.add(first)
    return [
        Top(name, frozenset(below), name in flat)
        for name, below in sorted(inner.items())
        if below or name in flat
    ]


def _empty(left: dict[str, int], names: list[str]) -> dict[str, Counter[str]]:
    """Return the folders without an image, each with what is in it instead."""
    found: dict[str, Counter[str]] = {}
    for path in left:
        first, slash, _ = path.partition("/")
        if slash and first not in names:
            found.setdefault(first, Counter())[ending_of(path)] += 1
    return found


def _below(paths: dict[str, int], folder: str) -> dict[str, int]:
    """Return what lies below a folder, by the path from there."""
    return {path[len(folder) :]: size for path, size in paths.items() if path.startswith(folder)}
