"""One walk through the class folders: samples in torchvision's order, faults, what is left out."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from dlc_core.data_roots import is_allowed
from dlc_core.datasets.dataset import Fault, Sample
from dlc_core.datasets.folder_root import ignored, is_dir
from dlc_core.datasets.image_formats import ending_of, looks_like_image
from dlc_core.datasets.images import OUTSIDE
from dlc_core.file_names import is_utf8, printable

UNLABELLED = "unlabelled"  # the class of all, until clusters are found


@dataclass
class Listing:
    """What one walk through the class folders finds.

    Attributes:
        root: the folder of the class folders.
        classes: those with a file that is listed, in order.
        samples, faults: of the files.
        place: the next id.
        endings: how many files are not listed, by the ending of their name.
        empty: the folders with none that is listed, each with what is in it instead.
        folders: how many class folders there are, empty ones and such that cannot be opened too.
        beside: files beside the class folders that are not listed.
    """

    root: Path
    classes: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    place: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    empty: dict[str, Counter[str]] = field(default_factory=dict)
    folders: int = 0
    beside: list[str] = field(default_factory=list)

    def read(self) -> None:
        """List the class folders."""
        with os.scandir(self.root) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if ignored(entry.name):
                    continue
                if is_dir(entry):
                    self._class(entry)
                elif looks_like_image(entry.name):
                    self._fault(entry.name, "", "lies beside the class folders, not inside one")
                else:
                    self.beside.append(entry.name)
                    self.endings[ending_of(entry.name)] += 1

    def read_unlabelled(self) -> None:
        """Take all images of the tree, whatever folder they lie in; links are not followed."""
        self.classes.append(UNLABELLED)
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if not ignored(name))
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), self.root)  # noqa: PTH118
                if ignored(name):
                    continue
                if not looks_like_image(name):
                    self.endings[ending_of(name)] += 1
                    continue
                if not is_utf8(path):
                    self._fault(path, UNLABELLED, "the file's name is not valid UTF-8; rename it")
                else:
                    self.samples.append(Sample(self.place, path.replace(os.sep, "/"), 0))
                self.place += 1

    def _class(self, entry: os.DirEntry[str]) -> None:
        label = entry.name
        self.folders += 1
        if not is_utf8(label):
            self._fault(label, label, "the class folder's name is not valid UTF-8; rename it")
            return
        class_id, before, told = len(self.classes), self.endings.copy(), len(self.faults)
        files = self._files(label)
        if not files:
            if len(self.faults) == told:
                self.empty[label] = self.endings - before
            return
        self.classes.append(label)
        for relative in files:
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
        if not is_allowed(real):
            self._fault(relative, label, OUTSIDE)
            return
        try:
            with os.scandir(self.root / relative) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._fault(relative, label, f"the folder cannot be opened: {error.strerror}")
            return
        found[relative] = []
        for entry in listed:
            if ignored(entry.name):
                continue
            if is_dir(entry):
                if looks_like_image(entry.name):
                    path = f"{relative}/{entry.name}"
                    self._fault(path, label, "a folder named like an image")
                self._walk(f"{relative}/{entry.name}", (*above, real), found)
            elif looks_like_image(entry.name):
                found[relative].append(entry.name)
            else:
                self.endings[ending_of(entry.name)] += 1

    def _fault(self, path: str, label: str, error: str) -> None:
        self.faults.append(Fault(printable(path), printable(label), error))
