"""ImageFolder: root/class/file, in torchvision's order, with train/val/test splits."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from dlc_core.datasets.asked import Asked
from dlc_core.datasets.boxes import refuse_boxes
from dlc_core.datasets.dataset import Dataset, Fault, Sample
from dlc_core.datasets.files import FilesBelow, existing_folder, shown
from dlc_core.datasets.images import IMAGE_SUFFIXES
from dlc_core.datasets.splits import SPLITS
from dlc_core.errors import DLCError
from dlc_core.names import is_utf8, printable

UNLABELLED = "unlabelled"  # the class of all, until clusters are found
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
    torchvision's ImageFolder does. Hidden entries and operating-system litter do not count.

    Args:
        text: the root; if all its sub-folders are splits (train, val, test), one of them is taken.
        asked: its split is "train", "val" or "test"; None takes train where the root has splits.

    Returns:
        The dataset; paths are POSIX and relative to the folder that was listed.

    Raises:
        DLCError: if the folder is missing, has no class folder or no image, or lacks the split.
    """
    asked.refuse("an image folder", *_NO_USE)
    if asked.split is not None and asked.split not in SPLITS:
        raise DLCError(f"split must be one of {', '.join(SPLITS)}, got {asked.split!r}.")
    root = existing_folder(Path(text), expected="the root of an image folder (root/class/file)")
    if asked.clusters is None:
        refuse_boxes(root)
    root, split, splits = _take_split(root, asked.split)
    listing = _Listing(root)
    if asked.clusters is None:
        listing.read()
    else:
        listing.read_unlabelled()
    if not listing.classes:
        raise DLCError(
            f"no class folders in {shown(root)}; expected one folder of images per class "
            "(root/class/file), or, for images without labels, a number of --clusters."
        )
    if not listing.samples and not listing.faults:
        raise DLCError(
            f"no images in the class folders of {shown(root)}; expected files that end in "
            f"{', '.join(sorted(IMAGE_SUFFIXES))}."
        )

    files = FilesBelow(root)
    return Dataset(
        kind="imagefolder",
        name=_name(root),
        root=str(root),
        split=split,
        classes=tuple(listing.classes),
        samples=tuple(listing.samples),
        faults=tuple(listing.faults),
        read=files.read,
        stamp=files.stamp,
        splits=splits,
    )


def _name(root: Path) -> str:
    """Return a short name; "train" alone would not say of what."""
    aliases = {alias for names in SPLITS.values() for alias in names}
    return printable(f"{root.parent.name}/{root.name}" if root.name in aliases else root.name)


def _take_split(root: Path, split: str | None) -> tuple[Path, str | None, tuple[str, ...]]:
    """Return the folder to list, which part it is, and the parts that there are."""
    folders = {entry.name: root / entry.name for entry in _folders(root)}
    known = {
        split_name: folders[alias]
        for split_name, aliases in SPLITS.items()
        for alias in reversed(aliases)
        if alias in folders
    }
    if split is not None:
        if split not in known:
            raise DLCError(
                f"no split {split!r} in {shown(root)}; expected a sub-folder named "
                f"{' or '.join(SPLITS[split])} with one folder per class."
            )
        return known[split], split, tuple(known)
    all_are_splits = set(folders) <= {alias for aliases in SPLITS.values() for alias in aliases}
    if known and all_are_splits:
        first = next(iter(known))
        return known[first], first, tuple(known)
    return root, None, ()


def _folders(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        found = [entry for entry in entries if not _ignored(entry.name) and _is_dir(entry)]
    return sorted(found, key=lambda entry: entry.name)


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _ignored(name: str) -> bool:
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


@dataclass
class _Listing:
    """What one walk through the class folders finds; `place` is the next id."""

    root: Path

    def read(self) -> None:
        self.classes: list[str] = []
        self.samples: list[Sample] = []
        self.faults: list[Fault] = []
        self.place = 0
        with os.scandir(self.root) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if _ignored(entry.name):
                    continue
                if _is_dir(entry):
                    self._class(entry)
                elif _looks_like_image(entry.name):
                    self._fault(entry.name, "", "lies beside the class folders, not inside one")

    def read_unlabelled(self) -> None:
        """Take all images of the tree, whatever folder they lie in; links are not followed."""
        self.classes, self.samples, self.faults, self.place = [UNLABELLED], [], [], 0
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if not _ignored(name))
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), self.root)  # noqa: PTH118
                if _ignored(name) or not _looks_like_image(name):
                    continue
                if not is_utf8(path):
                    self._fault(path, UNLABELLED, "the file's name is not valid UTF-8; rename it")
                else:
                    self.samples.append(Sample(self.place, path.replace(os.sep, "/"), 0))
                self.place += 1

    def _class(self, entry: os.DirEntry[str]) -> None:
        label = entry.name
        if not is_utf8(label):
            self._fault(label, label, "the class folder's name is not valid UTF-8; rename it")
            return
        class_id = len(self.classes)
        self.classes.append(label)
        for relative in self._files(label):
            if not is_utf8(relative):
                self._fault(relative, label, "the file's name is not valid UTF-8; rename it")
            else:
                self.samples.append(Sample(self.place, relative, class_id))
            self.place += 1

    def _files(self, label: str) -> list[str]:
        """Return the files of a class in torchvision's order: folders by path, then names."""
        found: dict[str, list[str]] = {}
        self._walk(label, (os.path.realpath(self.root),), found)
        return [f"{folder}/{name}" for folder in sorted(found) for name in found[folder]]

    def _walk(self, relative: str, above: tuple[str, ...], found: dict[str, list[str]]) -> None:
        label = relative.partition("/")[0]
        real = os.path.realpath(self.root / relative)
        if real in above:
            self._fault(relative, label, "a link to a folder above it (a loop); not followed")
            return
        try:
            with os.scandir(self.root / relative) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._fault(relative, label, f"the folder cannot be opened: {error.strerror}")
            return
        found[relative] = []
        for entry in listed:
            if _ignored(entry.name):
                continue
            if _is_dir(entry):
                if _looks_like_image(entry.name):
                    path = f"{relative}/{entry.name}"
                    self._fault(path, label, "a folder named like an image")
                self._walk(f"{relative}/{entry.name}", (*above, real), found)
            elif _looks_like_image(entry.name):
                found[relative].append(entry.name)

    def _fault(self, path: str, label: str, error: str) -> None:
        self.faults.append(Fault(printable(path), printable(label), error))


def _looks_like_image(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES  # noqa: PTH122 - a name, no path
