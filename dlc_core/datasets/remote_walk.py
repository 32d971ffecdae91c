"""All files below an address, listed folder by folder, within bounds."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dlc_core.errors import DLCError
from dlc_core.file_names import printable


@dataclass(frozen=True)
class Bounds:
    """What a listing may take at most: whoever answers may make it up without end.

    Attributes:
        depth: folders inside each other.
        pages: requests.
        entries: files and folders.
        page_bytes: of one answer.
        seconds: of all.
    """

    depth: int = 12
    pages: int = 20_000
    entries: int = 2_000_000
    page_bytes: int = 1 << 26
    seconds: float = 600.0


BOUNDS = Bounds()
# (folder below the root, "" or with a slash at its end, seconds left) -> names, and their sizes in
# bytes; folders have a slash at the end of their names.
ListFolder = Callable[[str, float], Iterable[tuple[str, int]]]


def files_below(listed: ListFolder, *, name: str, bounds: Bounds) -> dict[str, int]:
    """Return the files below a root by their relative paths, with their sizes; none hidden.

    Args:
        listed: asks for one folder.
        name: of the root, for sentences.
        bounds: at most.

    Raises:
        DLCError: if it would take more; and what `listed` raises.
    """
    begun, pages, entries = time.monotonic(), 0, 0
    found: dict[str, int] = {}
    waiting, seen = deque([""]), {""}
    while waiting:
        folder = waiting.popleft()
        left = bounds.seconds - (time.monotonic() - begun)
        pages += 1
        if left <= 0:
            raise _too_much(name, f"takes longer than {bounds.seconds:.0f} s")
        if pages > bounds.pages:
            raise _too_much(name, f"takes more than {bounds.pages:,} requests")
        for entry, size in listed(folder, left):
            path = f"{folder}{entry}"
            if _left_out(entry) or path in seen:
                continue
            entries += 1
            if entries > bounds.entries:
                raise _too_much(name, f"has more than {bounds.entries:,} entries")
            if not path.endswith("/"):
                found[path] = size
                continue
            seen.add(path)
            if path.count("/") > bounds.depth:
                raise _too_much(name, f"goes deeper than {bounds.depth} folders")
            waiting.append(path)
    return found


def _left_out(entry: str) -> bool:
    parts = entry.rstrip("/").split("/")
    return any(part.startswith(".") or part in ("", "__MACOSX") for part in parts)


def _too_much(name: str, what: str) -> DLCError:
    return DLCError(
        f"the listing of {printable(name)[:200]} {what}; name a folder further down, or copy the "
        "data to this machine."
    )
