"""An image folder somewhere else: root/class/file at s3://, gs://, az:// or https://."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Protocol
from urllib.parse import unquote

from PIL import Image

from dlc_core.datasets.bucket import Bucket
from dlc_core.datasets.dataset import Dataset, Fault, Sample
from dlc_core.datasets.image_formats import ending_of, looks_like_image
from dlc_core.datasets.images import UnreadableImage, decoded
from dlc_core.datasets.left_out import empty_cautions, ending_notes, same_cautions
from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.remote_address import WEB, Address, address_of
from dlc_core.datasets.remote_parts import below_folder, empty_among, place_among
from dlc_core.datasets.remote_walk import BOUNDS, files_below
from dlc_core.datasets.web_folder import TooLarge, WebFolder
from dlc_core.errors import DLCError, reason_of
from dlc_core.file_names import is_utf8, printable

_LARGEST = 1 << 30  # bytes of one image file


def load_remote(text: str, asked: Asked) -> Dataset:
    """List the images below an address, one folder for each class; files are read when needed.

    Args:
        text: an address of a kind that is read (`address_of`).
        asked: the split, and, in the dashboard, that something may be fetched.

    Raises:
        DLCError: if fsspec or its driver is missing, nothing is there, or it cannot be reached.
    """
    asked.refuse("a remote folder", "image_column", "label_column", "id_column", "split_column",
                 "group_column", "image_root", "clusters")  # fmt: skip
    folder, web = _folder(address_of(text, asked)), text.strip().lower().startswith("http")
    found, others = _found(folder, text)
    place = place_among(found, asked.split, printable(text))
    above = below_folder(found, place.folder)
    left = below_folder(others, place.folder)
    endings = Counter(map(ending_of, left))
    samples: list[Sample] = []
    faults: list[Fault] = []
    named = unquote if web else str  # links spell a space %20
    names = sorted({named(path.split("/")[0]) for path in above if "/" in path})
    ids = {name: class_id for class_id, name in enumerate(names)}
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
            return folder.read(place.folder + sample.path, _LARGEST)
        except TooLarge as error:
            raise UnreadableImage("larger than 1 GB") from error
        except DLCError:
            raise
        except FileNotFoundError as error:
            raise UnreadableImage("the file is missing") from error
        except Exception as error:  # every driver has its own kinds
            raise DLCError(
                f"{printable(text)} cannot be reached any more ({reason_of(error)}); go on with "
                "--resume when it can, what was done is kept."
            ) from error

    def read(sample: Sample) -> Image.Image:
        return decoded(io.BytesIO(encoded(sample)))

    name = text.strip().rstrip("/").rpartition("/")[2]
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
            *empty_cautions(empty_among(left, names), endings),
            *same_cautions(samples, names),
        ),
    )


class Folder(Protocol):
    """A folder at an address."""

    def listed(self, folder: str, seconds: float) -> Iterable[tuple[str, int]]:
        """Return the names in a folder below it, and their sizes."""

    def read(self, path: str, most: int) -> bytes:
        """Return a file of at most so many bytes."""


def _folder(address: Address) -> Folder:
    if find_spec("fsspec") is None or (address.protocol in WEB and find_spec("aiohttp") is None):
        raise DLCError('remote folders need fsspec: pip install "dlc-dashboard[remote]".')
    return WebFolder(address.text, BOUNDS) if address.protocol in WEB else Bucket(address)


def _found(folder: Folder, text: str) -> tuple[dict[str, int], dict[str, int]]:
    """Return the image files below the root, by relative path, with their sizes, and all others."""
    try:
        listed = files_below(folder.listed, name=text, bounds=BOUNDS)
    except FileNotFoundError:
        listed = {}
    except DLCError:
        raise
    except Exception as error:  # every driver has its own kinds
        raise DLCError(f"{printable(text)} cannot be reached: {reason_of(error)}.") from error
    found = {path: size for path, size in listed.items() if looks_like_image(path)}
    others = {path: size for path, size in listed.items() if path not in found}
    if not found:
        there = "; ".join(ending_notes(Counter(map(ending_of, others))))
        raise DLCError(
            f"no images below {printable(text)}; expected root/class/file{there and f' ({there})'}."
        )
    return found, others
