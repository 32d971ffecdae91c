"""How many pixels may be decoded at a time, over all threads of this process.

A small file may be a picture of 178 million pixels, and as many threads decode as there are cores.
So each picture waits for its share, which the header tells; ordinary ones never wait.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Iterator
from functools import cache

from PIL import Image

from dlc_core.decompression_limits import available_memory

_BYTES = 12  # of memory that a pixel takes at worst: decoded, turned upright, as three channels
_SHARE = 0.25  # of the free memory that pictures in flight may take
_UNTOLD = ("ICO", "ICNS", "CUR")  # whose pictures may be larger inside than their headers say


class PixelBudget:
    """A number of pixels that threads share, first come, first served.

    Attributes:
        limit: how many pixels there are at most; nobody may have more.
    """

    def __init__(self, limit: int) -> None:
        """Take the limit."""
        self.limit = limit
        self._used = 0
        self._lock = threading.Lock()
        self._waiting: deque[tuple[int, threading.Event]] = deque()
        self._mine = threading.local()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep what is taken inside until the end: a picture's memory lives until it is shrunk."""
        self._mine.held = 0
        try:
            yield
        finally:
            taken, self._mine.held = self._mine.held, None
            self._give(taken)

    @contextlib.contextmanager
    def share(self, pixels: int) -> Iterator[None]:
        """Wait until so many pixels are free, and take them.

        A thread that holds some already takes more without waiting, so that two threads never wait
        for each other.

        Args:
            pixels: at most `limit`.
        """
        held = getattr(self._mine, "held", None)
        self._take(pixels, waits=not held)
        if held is not None:
            self._mine.held = held + pixels
        try:
            yield
        finally:
            if held is None:
                self._give(pixels)

    def _take(self, pixels: int, *, waits: bool) -> None:
        with self._lock:
            free = not self._waiting and self._used + pixels <= self.limit
            if free or not waits:
                self._used += pixels
                return
            turn = threading.Event()
            self._waiting.append((pixels, turn))
        turn.wait()

    def _give(self, pixels: int) -> None:
        with self._lock:
            self._used -= pixels
            while self._waiting and self._used + self._waiting[0][0] <= self.limit:
                pixels, turn = self._waiting.popleft()
                self._used += pixels
                turn.set()


def _limit() -> int:
    """Return how many pixels: the largest picture that is read at all, more where memory is."""
    largest = 2 * (Image.MAX_IMAGE_PIXELS or 0)
    return max(largest, int(_SHARE * available_memory() / _BYTES))


@cache
def budget() -> PixelBudget:
    """Return the budget of this process."""
    return PixelBudget(_limit())


def pixels_of(image: Image.Image) -> int:
    """Return how many pixels an opened picture will take when it is decoded."""
    told = image.size[0] * image.size[1]
    inside = 2 * (Image.MAX_IMAGE_PIXELS or 0)
    return max(told, inside) if image.format in _UNTOLD else told
