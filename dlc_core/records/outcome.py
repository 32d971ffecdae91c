"""How a job ended, as a record: programs read it, and nobody its prose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dlc_core.atomic_files import read_json, write_json

JOB = "DLC_JOB"  # names the folder of the records of the job that a process is
OUTCOME_FILE = "outcome.json"
DONE, PARTIAL, STOPPED, FAILED = STATUSES = ("done", "partial", "stopped", "failed")


@dataclass(frozen=True)
class Outcome:
    """How one command ended.

    Attributes:
        status: one of STATUSES; partial: it did what was asked, and some samples could not be.
        exit_code: of its process.
        argv: its arguments, without the program's name.
        message: why it failed, one sentence, or "".
        product: the path of what it made or wrote into, or "".
        counts: whole numbers of what it did, such as samples and faults.
    """

    status: str
    exit_code: int
    argv: tuple[str, ...] = ()
    message: str = ""
    product: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


def outcome_of(
    told: Mapping[str, Any], *, exit_code: int, argv: tuple[str, ...], message: str = ""
) -> Outcome:
    """Return the outcome of a command.

    Args:
        told: what it would print with --json; its path, its whole numbers and the lengths of its
            lists are taken.
        exit_code: 0 done, 130 stopped, else failed.
        argv: its arguments.
        message: why it failed.
    """
    counts = {
        name: len(value) if isinstance(value, list | tuple) else value
        for name, value in told.items()
        if isinstance(value, int | list | tuple) and not isinstance(value, bool)
    }
    ended = {0: PARTIAL if counts.get("faults") else DONE, 130: STOPPED}
    return Outcome(
        ended.get(exit_code, FAILED),
        exit_code,
        argv,
        message,
        str(told.get("out") or told.get("run") or ""),
        counts,
    )


def save_outcome(folder: Path, outcome: Outcome) -> None:
    """Write an outcome into the folder of a job's records."""
    write_json(folder / OUTCOME_FILE, asdict(outcome))


def read_outcome(folder: Path) -> Outcome | None:
    """Return the outcome in the folder of a job's records; None if it has none (yet)."""
    value = read_json(folder / OUTCOME_FILE) or {}
    argv, counts = value.get("argv"), value.get("counts")
    texts = [value.get(name) for name in ("status", "message", "product")]
    texts += argv if isinstance(argv, list) else [None]
    numbers = [value.get("exit_code"), *(counts.values() if isinstance(counts, dict) else [None])]
    whole = all(isinstance(text, str) for text in texts)
    whole = whole and all(type(number) is int for number in numbers)
    if not whole or value["status"] not in STATUSES:  # of a run that somebody made by hand
        return None
    names = ("status", "exit_code", "message", "product", "counts")
    return Outcome(argv=tuple(argv or ()), **{name: value[name] for name in names})
