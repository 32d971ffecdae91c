"""A reader: one kind of dataset in the registry, and what holds of all data of that kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dlc_core.datasets.dataset import Dataset
from dlc_core.datasets.read_options import Asked


def _checks_nothing(_text: str, _asked: Asked) -> None:
    pass


def _takes_nothing(_text: str) -> bool:
    return False


@dataclass(frozen=True)
class Reader:
    """One kind of dataset.

    Attributes:
        description: in one line, what it reads.
        load: from what was typed (without "NAME:" in front) and what is asked, to the samples; no
            image is opened.
        takes: whether a text without a reader's name in front is for this one; asked of our own
            only: what other packages read has their name in front.
        example: what a person might type.
        paths: whether the text is a path of this machine.
        names: whether it may be a name or an address, too, where nothing is at that path.
        bundled: whether the data comes with this program.
        fetched: whether each sample is fetched from elsewhere when it is read.
        check: refuses what is quick to refuse, before a job is started.
        table: where the table is, of a reader of tables.
        class_folders: whether its classes are its folders, so that clusters may stand for them.
        mirrored: whether an image and its mirror image are of one class.
        endings: of a file that holds the data; it is no part of the data's name.
        in_server: largest file of which one image may be read in the server's own process; 0 = none
            may, None = any.
        options: what may be asked of this reader only, attributes of Asked; where one is given, it
            is this reader's.
        shuns: what shows that another reader is meant.
    """

    description: str
    load: Callable[[str, Asked], Dataset]
    takes: Callable[[str], bool] = _takes_nothing
    example: str = ""
    paths: bool = True
    names: bool = False
    bundled: bool = False
    fetched: bool = False
    check: Callable[[str, Asked], object] = _checks_nothing
    table: Callable[[Path], Path] | None = None
    class_folders: bool = False
    mirrored: bool = True
    endings: tuple[str, ...] = ()
    in_server: int | None = 0
    options: tuple[str, ...] = ()
    shuns: tuple[str, ...] = ()
