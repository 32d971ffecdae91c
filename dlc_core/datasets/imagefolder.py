"""ImageFolder: root/class/file, in torchvision's order, with train/val/test splits."""

from __future__ import annotations

from pathlib import Path

from dlc_core.datasets.boxes import refuse_boxes
from dlc_core.datasets.dataset import Dataset
from dlc_core.datasets.files_below import FilesBelow, existing_folder, shown
from dlc_core.datasets.folder_root import place_of_classes
from dlc_core.datasets.left_out import beside_notes, empty_cautions, ending_notes, same_cautions
from dlc_core.datasets.listing import Listing
from dlc_core.datasets.read_options import Asked
from dlc_core.errors import DLCError

_NO_USE = (
    "image_column",
    "label_column",
    "id_column",
    "split_column",
    "group_column",
    "image_root",
)


def load_imagefolder(text: str, asked: Asked) -> Dataset:
    """List a folder of class folders of images; no image is opened.

    Classes are the sub-folders in sorted order, files are walked in sorted order below each, as
    torchvision's ImageFolder does. Hidden entries and operating-system litter do not count, nor do
    folders without a file that is listed: they are told.

    Args:
        text: the root; if its sub-folders are parts (Training, test_set …), one of them is taken,
            and a single folder that holds the class folders is stepped into.
        asked: its split is "train", "val", "test" or a folder's name; None takes train where the
            root has parts, "none" takes all folders as classes.

    Returns:
        The dataset; paths are POSIX and relative to the folder that was listed.

    Raises:
        DLCError: if the folder is missing, has no class folder or no image, or lacks the split.
    """
    asked.refuse("an image folder", *_NO_USE)
    root = existing_folder(Path(text), expected="the root of an image folder (root/class/file)")
    labelled = asked.clusters is None
    if labelled:
        refuse_boxes(root)
    place = place_of_classes(root, asked.split, labelled=labelled)
    listing = Listing(place.root)
    if labelled:
        if place.root != root:
            refuse_boxes(place.root)
        listing.read()
    else:
        listing.read_unlabelled()
    _require_images(listing)
    files = FilesBelow(place.root)
    return Dataset(
        kind="imagefolder",
        name=place.name,
        root=str(place.root),
        split=place.split,
        classes=tuple(listing.classes),
        samples=tuple(listing.samples),
        faults=tuple(listing.faults),
        read=files.read,
        stamp=files.stamp,
        splits=place.splits,
        notes=(*place.notes, *ending_notes(listing.endings), *beside_notes(listing.beside)),
        cautions=(
            *place.cautions,
            *empty_cautions(listing.empty, listing.endings),
            *same_cautions(listing.samples, listing.classes),
        ),
    )


def _require_images(listing: Listing) -> None:
    if listing.samples or (listing.folders and listing.faults):
        return
    root = shown(listing.root)
    if not listing.folders and not listing.classes:
        raise DLCError(
            f"no class folders in {root}; expected one folder of images per class "
            "(root/class/file), a table of paths and labels, or, for images without labels, a "
            "number of --clusters."
        )
    there = "; ".join(ending_notes(listing.endings))
    raise DLCError(
        f"no images in the class folders of {root}; expected files that end in .jpg, .png, .tif, "
        f".webp or another ending of docs/datasets.md{there and f' ({there})'}."
    )
