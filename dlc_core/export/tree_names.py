"""Where each sample goes in a tree of class folders: legal names, none twice."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from dlc_core.errors import DLCError
from dlc_core.export.content import Content

_LONGEST = 255  # bytes of a name, in what people use


class Placed(NamedTuple):
    """One file of a tree: its row in the content's table, its source and its name below the tree.

    `target` is `label/file name`; both are valid names of a folder and a file.
    """

    row: int
    source: str
    target: str


def placed(content: Content) -> Iterator[Placed]:
    """Give every sample a name `label/file name` of its own, in ascending id.

    The file name is the source's; a backslash in it, which Windows takes for a slash, becomes "_".
    A name that its folder has already (capitals and the two ways to write an accent are not told
    apart, as on some disks) gets "-" and the sample's id behind its stem.

    Raises:
        DLCError: before the first, if a label cannot be the name of a folder.
    """
    for label in content.table["label"].unique():
        _check(label)
    taken: set[tuple[str, str]] = set()
    columns = (content.table[name].tolist() for name in ("id", "path", "label"))
    for row, (identity, path, label) in enumerate(zip(*columns, strict=True)):
        name = path.rpartition("/")[2].replace("\\", "_")
        more = ""
        while (label, _folded(_with(name, more))) in taken:
            more += f"-{identity}"
        name = _with(name, more)
        taken.add((label, _folded(name)))
        yield Placed(row, path, f"{label}/{name}")


def _with(name: str, more: str) -> str:
    """Return a file name with something behind its stem, not longer than a disk can take."""
    if not more:
        return name
    stem, ending = os.path.splitext(name)  # noqa: PTH122 - a name, no path
    room = _LONGEST - len((more + ending).encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + more + ending


def _folded(name: str) -> str:
    """Return what names have in common that some file system takes for one."""
    return unicodedata.normalize("NFC", name).casefold()


def _check(label: str) -> None:
    fault = ""
    if label.startswith("."):  # "." and "..", too; readers pass over the others
        fault = "it starts with a dot"
    elif "/" in label or "\\" in label:
        fault = "it holds a slash"
    elif "\0" in label or not label.strip():
        fault = "it holds nothing that shows"
    elif len(label.encode()) > _LONGEST:
        fault = f"it is longer than {_LONGEST} bytes"
    if fault:
        raise DLCError(
            f"the label {label!r:.80} cannot be the name of a folder ({fault}); relabel its "
            "samples, or export a table."
        )
