"""One act of a person on some samples, as a line of decisions.jsonl."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from dlc_core.file_names import is_utf8
from dlc_core.plurals import counted
from dlc_core.runs.summed_lines import mended, with_sum

PIN, EXCLUDE = 1, 2
VERDICTS = {"pin": PIN, "exclude": EXCLUDE}
FIELDS = ("verdict", "relabel", "note")
LONGEST_NOTE, LONGEST_LABEL, LONGEST_NAME = 2000, 200, 200  # characters


class Unset(Enum):
    """The type of UNSET."""

    UNSET = "unset"


UNSET: Final[Literal[Unset.UNSET]] = Unset.UNSET  # leaves a field as it is, where None clears it
Value = str | None | Unset


@dataclass(frozen=True, eq=False)
class Event:
    """A line of the log: an act that sets fields of samples, or the undo or redo of one.

    Attributes:
        event: its own id.
        time: when, ISO 8601 in UTC.
        by: who: the id of a browser tab's session, or "cli".
        ids: (n,) the samples, ascending, distinct; none for an undo or redo.
        verdict: "pin", "exclude", None for neither any more, UNSET if the act leaves it.
        relabel: the class name that the sample should have, None for its own again, or UNSET.
        note: text, None for no note any more, or UNSET.
        undo: the event that this one takes back, or None.
        redo: the event that this one brings back, or None.
        active: False if an undo took it back.
    """

    event: str
    time: str
    by: str
    ids: NDArray[np.int64]
    verdict: Value = UNSET
    relabel: Value = UNSET
    note: Value = UNSET
    undo: str | None = None
    redo: str | None = None
    active: bool = True

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields that the act sets; none for an undo or redo."""
        return tuple(name for name in FIELDS if getattr(self, name) is not UNSET)


def fault_of(verdict: object, relabel: object, note: object) -> str:
    """Return what is wrong with the values of an act, in one sentence, or ""."""
    if verdict is UNSET and relabel is UNSET and note is UNSET:
        return "expected a verdict, a relabel or a note, got none of them."
    if not (verdict is None or verdict is UNSET or verdict in tuple(VERDICTS)):
        return f"unknown verdict {verdict!r}; expected one of {', '.join(VERDICTS)}, or None."
    for name, value, longest in (
        ("a new label", relabel, LONGEST_LABEL),
        ("a note", note, LONGEST_NOTE),
    ):
        if value is None or value is UNSET:
            continue
        if not isinstance(value, str) or not is_utf8(value):
            return f"{name} must be valid text."
        if not value.strip():
            return f"{name} must not be empty; None clears it."
        if len(value) > longest:
            return f"{name} may have {longest:,} characters, got {len(value):,}; shorten it."
    return ""


def id_array(ids: Sequence[int] | NDArray[Any]) -> NDArray[np.int64] | None:
    """Return sample ids, ascending and distinct, (n,), or None if they are none."""
    try:
        given = np.asarray(ids)
    except (ValueError, OverflowError):  # ragged, or too large
        return None
    if given.ndim != 1 or not len(given) or given.dtype.kind not in "iu":
        return None
    if int(given.min()) < 0 or int(given.max()) > np.iinfo(np.int64).max:
        return None
    array = given.astype(np.int64)
    if len(array) > 1 and (array[1:] <= array[:-1]).any():
        array = np.unique(array)
    array.flags.writeable = False
    return array


def encoded(event: Event) -> bytes:
    """Return an event as one line of JSON, its sum and its line break included."""
    value: dict[str, Any] = {"event": event.event, "time": event.time, "by": event.by}
    for name in ("undo", "redo"):
        if getattr(event, name) is not None:
            value[name] = getattr(event, name)
    if len(event.ids):
        value["ids"] = event.ids.tolist()
    value.update({name: getattr(event, name) for name in event.fields})
    line = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return with_sum(line.encode()) + b"\n"


def decoded(line: bytes) -> Event | None:
    """Return the event in a line, or None if there is none that could be read."""
    try:
        value = json.loads(mended(line).decode())
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    names: list[Any] = [value.get(key) for key in ("event", "time", "by")]
    targets = [value[key] for key in ("undo", "redo") if key in value]
    if not all(is_name(name) for name in [*names, *targets]):
        return None
    event, time, by = names
    if targets:
        if len(targets) > 1:
            return None
        empty = np.empty(0, dtype=np.int64)
        return Event(event, time, by, empty, undo=value.get("undo"), redo=value.get("redo"))
    fields = {name: value[name] for name in FIELDS if name in value}
    if fault_of(*(fields.get(name, UNSET) for name in FIELDS)):
        return None
    listed = value.get("ids")
    ids = id_array(listed) if isinstance(listed, list) else None
    return None if ids is None else Event(event, time, by, ids, **fields)


def is_name(value: object) -> bool:
    """Whether a value can name an event, a moment or a tab: text of 1 to 200 characters."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and is_utf8(value)


def describe(event: Event) -> str:
    """Return an event in words, such as "Excluded 3 samples" or "Relabelled 1 sample as dog"."""
    if event.undo is not None or event.redo is not None:
        return "Took an act back" if event.undo is not None else "Brought an act back"
    templates = {
        "pin": "Pinned {}",
        "exclude": "Excluded {}",
        None: "Cleared pin or exclusion of {}",
        UNSET: "",
    }
    label = "" if event.relabel is UNSET else " ".join(str(event.relabel).split())
    parts = [
        templates[event.verdict],
        "Cleared the new label of {}" if event.relabel is None else "Relabelled {} as " + label,
        "Cleared the note on {}" if event.note is None else "Noted {}",
    ]
    said = [part for part, name in zip(parts, FIELDS, strict=True) if name in event.fields]
    count = len(event.ids)
    words = said[0].replace("{}", counted(count, "sample"), 1)
    for part in said[1:]:
        it = "it" if count == 1 else "them"
        words += ", " + (part[0].lower() + part[1:]).replace("{}", it, 1)
    return words
