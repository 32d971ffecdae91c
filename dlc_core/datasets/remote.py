"""An image folder somewhere else: root/class/file over fsspec (s3://, gs://, https:// …)."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import unquote

from PIL import Image

from dlc_core.datasets.asked import Asked
from dlc_core.datasets.dataset import Dataset, Fault, Sample
from dlc_core.datasets.images import IMAGE_SUFFIXES, UnreadableImage, decoded
from dlc_core.datasets.splits import pick_split, split_of
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
    found = _found(system, root, text)
    split, above = _split(found, asked.split, text)
    samples: list[Sample] = []
    faults: list[Fault] = []
    named = unquote if root.startswith("http") else str  # links spell a space %20
    names = sorted({named(path.split("/")[0]) for path in above if "/" in path})
    ids = {name: class_id for class_id, name in enumerate(names)}
    prefix = f"{root.rstrip('/')}/" + (f"{split[1]}/" if split[1] else "")
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

    return Dataset(
        kind="remote",
        name=printable(
            root.rstrip("/").rpartition("/")[2] + (f" ({split[0]})" if split[0] else "")
        ),
        root="",
        split=split[0],
        classes=tuple(names),
        samples=tuple(samples),
        faults=tuple(faults),
        read=read,
        stamp=lambda sample: (sizes[sample.path], 0),
        encoded=encoded,
    )


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


def _found(system: Any, root: str, text: str) -> dict[str, int]:
    """Return the image files below the root, by relative path, with their sizes."""
    try:
        listed = system.find(root, detail=True)
        if not listed:  # which some drivers say of a server that does not answer, too
            system.ls(root, detail=False)
    except FileNotFoundError:
        listed = {}
    except Exception as error:  # every driver has its own kinds
        raise DLCError(f"{printable(text)} cannot be reached: {reason_of(error)}.") from error
    above = f"{root.rstrip('/')}/"
    found = {}
    for path, detail in listed.items():
        relative = str(path).removeprefix(above)
        hidden = any(part.startswith(".") or part == "__MACOSX" for part in relative.split("/"))
        below = str(path).startswith(above)
        if below and not hidden and f".{relative.rpartition('.')[2].lower()}" in IMAGE_SUFFIXES:
            found[relative] = int(detail.get("size") or 0)
    if not found:
        raise DLCError(f"no images below {printable(text)}; expected root/class/file.")
    return found


def _split(
    found: dict[str, int], asked: str | None, text: str
) -> tuple[tuple[str | None, str], dict[str, int]]:
    """Return the part's plain name and folder, and the files in it."""
    top = sorted({path.split("/")[0] for path in found})
    parts = [name for name in top if split_of(name)]
    if asked is None and (not parts or len(parts) != len(top)):
        return (None, ""), found
    if asked is not None and not parts:
        raise DLCError(f"{printable(text)} has no split {asked!r}; it has no parts.")
    split, folders = pick_split(parts, asked, where=printable(text))
    start = f"{folders[0]}/"
    inside = {path[len(start) :]: size for path, size in found.items() if path.startswith(start)}
    return (split, folders[0]), inside
