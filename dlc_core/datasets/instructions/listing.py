"""The listing of a data set of records: what is kept of each while the files are gone through."""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.data_files import data_status
from dlc_core.data_roots import OutsideRoots
from dlc_core.datasets.dataset import Fault, Sample
from dlc_core.datasets.exact_columns import Column
from dlc_core.datasets.instructions.container import Broken, Container, Row
from dlc_core.datasets.instructions.file_bytes import damaged
from dlc_core.datasets.instructions.layout import kind_of
from dlc_core.datasets.instructions.layouts import Chosen
from dlc_core.datasets.instructions.named_columns import source_in
from dlc_core.datasets.instructions.record import (
    Conversation,
    Raw,
    Record,
    UnusableRecordError,
    content_digest,
    key_of,
)
from dlc_core.errors import DLCError
from dlc_core.file_names import printable

LABEL = "all"
_OPEN = 8  # files that are open at once
_LONGEST = 200  # letters of a source


@dataclass(frozen=True)
class Part:
    """One file (or folder of save_to_disk) of the data: its place, its name, how it is opened."""

    path: Path
    name: str
    open: Callable[[Path], Container]

    def stamp(self) -> tuple[int, int]:
        """Return size and time of change.

        Raises:
            OSError: if it is gone; OutsideRoots if it lies outside the folders that may be read.
        """
        status = data_status(self.path)
        return status.st_size, status.st_mtime_ns


def conversation_of(value: Any, chosen: Chosen, column: str | None) -> tuple[str, Conversation]:
    """Return what a value of a file means: the name of its layout, and the conversation.

    Args:
        value: as a container gives it.
        chosen: how records are read.
        column: of the source that a person named.

    Raises:
        UnusableRecordError: with the reason.
    """
    if isinstance(value, Broken):
        raise UnusableRecordError(value.reason)
    if not isinstance(value, dict):
        raise UnusableRecordError(f"it is {kind_of(value)}, not an object of fields")
    name, layout = chosen.of(value)
    try:
        said = layout.read(value)
    except RecursionError:
        raise UnusableRecordError("a field nests too deep") from None
    if column is not None:
        said = Conversation(
            said.messages, said.scored, said.input, source_in(value, column), said.tools
        )
    return name, said


@dataclass
class Listing:
    """Records found so far, a few numbers of each.

    Attributes:
        parts: the files.
        chosen: how records are read.
        column: of the source that a person named.
    """

    parts: list[Part]
    chosen: Chosen
    column: str | None
    samples: list[Sample] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    _next: int = 0
    _places: array[int] = field(default_factory=lambda: array("q"))  # part, row, offset, length
    _counts: array[int] = field(default_factory=lambda: array("q"))  # turns, characters twice
    _digests: bytearray = field(default_factory=bytearray)
    _layouts: list[str] = field(default_factory=list)
    _sources: list[str] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)  # each text once in memory

    def add(self, part: int, row: int, found: Row) -> None:
        """Take in one value of a file: it is a sample or a fault."""
        path = f"{self.parts[part].name}#{row}"
        number, self._next = self._next, self._next + 1
        try:
            layout, said = conversation_of(found.value, self.chosen, self.column)
            digest = content_digest(said.messages)
        except UnusableRecordError as reason:
            line = f" (line {found.line:,})" if found.line else ""
            self.faults.append(Fault(path, "", f"{printable(str(reason))}{line}"))
            return
        self.samples.append(Sample(number, path, 0))
        self._places.extend((part, row, found.offset, found.length))
        scored = sum(len(said.messages[at].text) for at in said.scored)
        asked = sum(len(one.text) for one in said.messages[: said.scored[-1] + 1]) - scored
        self._counts.extend((len(said.messages), asked, scored))
        self._digests += digest
        self._layouts.append(self._names.setdefault(layout, layout))
        source = self._source(part, said)
        self._sources.append(self._names.setdefault(source, source))

    def _source(self, part: int, said: Conversation) -> str:
        own = self.parts[part].name if len(self.parts) > 1 else ""
        return printable(said.source[:_LONGEST]) or own

    def columns(self) -> dict[str, Column]:
        """Return what is known of each sample beside its path."""
        counts = np.array(self._counts, dtype=np.int64).reshape(-1, 3)
        return {
            "key": np.array(self.keys(), dtype=object),
            "source": np.array([one or None for one in self._sources], dtype=object),
            "layout": np.array(self._layouts, dtype=object),
            "turns": counts[:, 0],
            "prompt_characters": counts[:, 1],
            "response_characters": counts[:, 2],
        }

    def keys(self) -> list[str]:
        """Return the key of each sample: copies of one content are numbered in their order."""
        digests = [one.hex() for one in np.frombuffer(self._digests, dtype="V16").tolist()]
        copies = pd.Series(range(len(digests))).groupby(digests, sort=False).cumcount()
        return [key_of(one, k) for one, k in zip(digests, copies.tolist(), strict=True)]

    def places(self) -> NDArray[np.int64]:
        """Return (N, 4) part, row, offset and length of each sample."""
        return np.array(self._places, dtype=np.int64).reshape(-1, 4)


class Records:
    """The records of a listing, read again when they are needed; several threads may ask."""

    def __init__(self, listing: Listing, columns: dict[str, Column]) -> None:
        """Keep what is needed of a listing that is complete.

        Args:
            listing: of the data.
            columns: its columns.
        """
        self._parts, self._chosen, self._column = listing.parts, listing.chosen, listing.column
        self._stamps = [part.stamp() for part in listing.parts]
        self._ids = np.array([one.id for one in listing.samples], dtype=np.int64)
        self._places = listing.places()
        self._keys, self._sources = columns["key"], columns["source"]
        self._lock = threading.Lock()
        self._opened: OrderedDict[int, Container] = OrderedDict()

    def record(self, sample: Sample) -> Record:
        """Return one record.

        Raises:
            DLCError: if its file is gone or has changed.
        """
        part, row, offset, length = self._place(sample)
        value = self._container(part).value(row, offset, length)
        try:
            layout, said = conversation_of(value, self._chosen, self._column)
        except UnusableRecordError as error:
            raise DLCError(
                f"{sample.path} has changed since it was listed; start again."
            ) from error
        at = self._at(sample)
        raw = Raw(self._parts[part].path, row, offset, length)
        return Record(
            sample.id, str(self._keys[at]), said.messages, said.scored, said.input,
            self._sources[at] or "", said.tools, layout, raw,
        )  # fmt: skip

    def stamp(self, sample: Sample) -> tuple[int, int]:
        """Return size and time of change of a record's file; (-1, -1) if it is gone."""
        try:
            return self._parts[self._place(sample)[0]].stamp()
        except (OSError, OutsideRoots):
            return -1, -1

    def raw(self, sample: Sample) -> bytes:
        """Return a record's bytes as they stand in its file; b"" for a row of a table."""
        part, _, offset, length = self._place(sample)
        return self._container(part).raw(offset, length) if offset >= 0 else b""

    def _at(self, sample: Sample) -> int:
        return int(np.searchsorted(self._ids, sample.id))

    def _place(self, sample: Sample) -> list[int]:
        found: list[int] = self._places[self._at(sample)].tolist()
        return found

    def _container(self, part: int) -> Container:
        one = self._parts[part]
        with self._lock:
            if part not in self._opened:
                try:
                    if one.stamp() != self._stamps[part]:
                        raise DLCError(f"{one.name} has changed since it was listed; start again.")
                    self._opened[part] = one.open(one.path)
                except OSError as error:
                    raise damaged(one.path, error) from error
                while len(self._opened) > _OPEN:
                    self._opened.popitem(last=False)
            return self._opened[part]
