"""Records of evidence, read on while they grow."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from dlc_core.atomic_files import read_json
from dlc_core.evidence.arms import RANDOM
from dlc_core.evidence.available_samples import Room
from dlc_core.evidence.finding import Finding, findings
from dlc_core.evidence.store import CELLS_FILE, SETTINGS_FILE, Record
from dlc_core.evidence.trial import FULL, Key

_Group = tuple[float, str]


@dataclass(frozen=True, eq=False)
class Reading:
    """What a record says by now.

    Attributes:
        folder: of the record.
        settings: what it was measured on and how.
        found: findings; full first, then by keep_ratio, random first.
        seeds: (keep_ratio, arm) -> how many are measured.
        done: the keys of all cells.
        room: what the splits leave; None if that was not noted.
    """

    folder: Path
    settings: Mapping[str, Any]
    found: tuple[Finding, ...]
    seeds: Mapping[_Group, int]
    done: frozenset[Key]
    room: Room | None = None
    damaged: tuple[int, ...] = ()

    @property
    def method(self) -> str:
        """What learned: "probe", "finetune"."""
        return str(self.settings.get("method", {}).get("name", "?"))


class _Following:
    """A record whose file is read on from where it ended, and its findings.

    A finding is made anew only when cells were added that it rests on.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._record = Record(read_json(folder / SETTINGS_FILE) or {})
        self._at = self._lines = 0
        self._found: dict[_Group, tuple[tuple[int, int, int], Finding]] = {}
        self._reading: Reading | None = None

    def read(self) -> Reading:
        with self._lock:
            if self._take() or self._reading is None:
                self._reading = self._read()
            return self._reading

    def _take(self) -> bool:
        """Take the whole lines that are new; return whether there were any."""
        before = self._at
        with (self.folder / CELLS_FILE).open("rb") as file:
            file.seek(self._at)
            for line in file:
                if not line.endswith(b"\n"):  # being written
                    break
                self._at += len(line)
                self._lines += 1
                self._record.take(line.rstrip(b"\n"), self._lines)
        return self._at > before

    def _read(self) -> Reading:
        record = self._record
        groups: dict[_Group, list[Key]] = defaultdict(list)
        for key in record.cells:
            groups[key[1], key[0]].append(key)
        full = groups.get((1.0, FULL), [])
        for (ratio, arm), mine in groups.items():
            plain = groups.get((ratio, RANDOM.name), [])
            rests_on = len(mine), len(plain), len(full)
            known = self._found.get((ratio, arm))
            if known is not None and known[0] == rests_on:
                continue
            some = {key: record.cells[key] for key in (*full, *plain, *mine)}
            part = Record(record.settings, record.judged, record.held, some)
            found = next(one for one in findings(part) if (one.keep_ratio, one.arm) == (ratio, arm))
            self._found[ratio, arm] = rests_on, found
        order = sorted(groups, key=lambda group: (group[1] != FULL, group[0], _last(group[1])))
        return Reading(
            self.folder,
            record.settings,
            tuple(self._found[group][1] for group in order),
            {group: len(keys) for group, keys in groups.items()},
            frozenset(record.cells),
            record.room,
            tuple(record.damaged),
        )


def _last(arm: str) -> tuple[bool, str]:
    return arm != RANDOM.name, arm


def reading_of(folder: Path) -> Reading | None:
    """Return what a record says by now; None if there is none or nothing is in it."""
    try:
        inode = (folder / CELLS_FILE).stat().st_ino
        found = _following(str(folder), inode).read()
    except OSError:
        return None
    return found if found.found else None


@lru_cache(maxsize=3)
def _following(folder: str, inode: int) -> _Following:  # noqa: ARG001 - another file, another one
    return _Following(Path(folder))
