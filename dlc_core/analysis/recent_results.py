"""A bounded memory of what was worked out of one object: the last results of each question."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

Result = TypeVar("Result")


class RecentResults:
    """Keeps results by question and key; the longest unused one of a question goes first."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._kept: dict[str, OrderedDict[Hashable, object]] = defaultdict(OrderedDict)
        self._lock = threading.Lock()

    def __call__(
        self, question: str, key: Hashable, answer: Callable[[], Result], *, most: int
    ) -> Result:
        """Return the kept result, or work it out; two who ask at once may both do.

        Args:
            question: what is asked, such as "mask".
            key: of what.
            answer: works it out.
            most: results of the question that are kept.
        """
        with self._lock:
            kept = self._kept[question]
            if key in kept:
                kept.move_to_end(key)
                return cast("Result", kept[key])
        found = answer()
        with self._lock:
            kept[key] = found
            while len(kept) > most:
                kept.popitem(last=False)
        return found
