"""What a format of exports is: one file from the run alone, or something that holds images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.export.content import Content
from dlc_core.export.image_export import ImageExport, Written
from dlc_core.export.tables import kept_ids
from dlc_core.runs import Run

FOLDER = "folder"  # instead of a media type


def _none(_run: Run) -> str:
    return ""


class Format:
    """A format of exports: an Exporter or an ImageExporter."""


@dataclass(frozen=True)
class Exporter(Format):
    """A format that is one file, made from the run alone.

    Attributes:
        description: for people.
        media_type: for a browser.
        suffix: of the file's name, with the dot.
        encode: content -> the file's bytes: the same content, the same bytes.
        table: the file's bytes -> the table in it; None where it cannot be read back.
        both: whether it can tell kept from dropped samples in one file.
        part: what it holds unless said otherwise.
        needs: keys of `dlc_core.needs.NEEDS` without which it cannot be made.
        title: a word or two for people; "" = its name.
        namesake: whether another format has the same suffix, so that file names say which.
        problem: why it cannot be made of a run all the same, in a sentence; "" if it can.
    """

    description: str
    media_type: str
    suffix: str
    encode: Callable[[Content], bytes]
    table: Callable[[bytes], pd.DataFrame] | None = None
    both: bool = True
    part: str = "kept"
    needs: tuple[str, ...] = ()
    title: str = ""
    namesake: bool = False
    problem: Callable[[Run], str] = _none

    def ids(self, data: bytes) -> NDArray[np.int64]:
        """Return the kept ids in a file's bytes, in its order; a column `status` tells which.

        Raises:
            DLCError: if the format cannot be read back.
            ValueError, KeyError, TypeError: if the file holds no ids.
        """
        if self.table is None:
            raise DLCError("this format cannot be read back; take one of the tables.")
        return kept_ids(self.table(data))


@dataclass(frozen=True)
class ImageExporter(Format):
    """A format that holds the images, too: it takes long, tells how far it is, and can be stopped.

    Attributes:
        description: for people.
        media_type: for a browser, or FOLDER.
        suffix: of the file's name, with the dot; "" for a folder.
        write: does it.
        modes: whether files may be linked instead of copied.
        needs: keys of `dlc_core.needs.NEEDS` without which it cannot be made.
        title: a word or two for people; "" = its name.
        namesake: whether another format has the same suffix, so that file names say which.
        library: that it is written with, if it is an extra.
        advice: what a page says of it instead of the description, which stands in a list.
    """

    description: str
    media_type: str
    suffix: str
    write: Callable[[ImageExport], Written]
    modes: bool = False
    needs: tuple[str, ...] = ("images", "files")
    title: str = ""
    namesake: bool = False
    library: str = ""
    advice: str = ""

    both = False
    part = "kept"
