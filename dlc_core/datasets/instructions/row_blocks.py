"""Rows of a table that can only be read from its start on, kept some blocks at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from dlc_core.datasets.instructions.container import Row
from dlc_core.errors import DLCError

ROWS = 256  # of a block
_KEPT = 8  # blocks: a shard of 1,024 consecutive rows, and the next


class RowBlocks:
    """A container whose rows come in blocks, each of ROWS but the last."""

    def __init__(self, blocks: Callable[[int], Iterator[list[dict[str, Any]]]], name: str) -> None:
        """Read nothing yet.

        Args:
            blocks: from the block of a number on, all in order; raises DLCError for damage.
            name: of the file.
        """
        self._blocks, self._name = blocks, name
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, list[dict[str, Any]]] = OrderedDict()
        self._next = -_KEPT  # the number of the block that comes of `_going`
        self._going: Iterator[list[dict[str, Any]]] = iter(())

    def rows(self) -> Iterator[Row]:
        """Yield all rows in order."""
        for block in self._blocks(0):
            yield from (Row(one, 0) for one in block)

    def value(self, row: int, offset: int, length: int) -> Any:  # noqa: ARG002
        """Return one row again; going on is quick, going back begins anew."""
        number = row // ROWS
        with self._lock:
            while number not in self._kept:
                if not self._next <= number < self._next + _KEPT:
                    self._next, self._going = number, self._blocks(number)
                block = next(self._going, None)
                if block is None:
                    raise DLCError(f"{self._name} has changed since it was listed; start again.")
                self._kept[self._next] = block
                self._next += 1
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(number)
            return self._kept[number][row % ROWS]

    def raw(self, offset: int, length: int) -> bytes:  # noqa: ARG002
        """Return b"": of a table whole rows are taken."""
        return b""


def in_blocks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield rows in blocks of ROWS; the last may be shorter."""
    block: list[dict[str, Any]] = []
    for row in rows:
        block.append(row)
        if len(block) == ROWS:
            yield block
            block = []
    if block:
        yield block
