"""The folders below which data may be read when others than the command line ask.

`dlc app` puts them into $DLC_DATA_ROOTS, which the processes that the dashboard starts inherit: a
table that somebody brought may name images anywhere on the machine.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from dlc_core.errors import DLCError

VARIABLE = "DLC_DATA_ROOTS"
PROGRAMS = "DLC_ALLOW_PROGRAMS"


def given_roots() -> list[Path]:
    """Return the folders that were given, resolved; none where there is no limit."""
    return [Path(root).resolve() for root in json.loads(os.environ.get(VARIABLE) or "[]")]


def require_programs() -> None:
    """Refuse a program of somebody's where the dashboard was not told to run such.

    Raises:
        DLCError: with the option that would allow it.
    """
    if not programs_allowed():
        raise DLCError(
            "this dashboard runs no programs (export:); start it with dlc app --allow-programs, or "
            "score on the command line."
        )


def programs_allowed() -> bool:
    """Whether a program of somebody's may be run: on the command line always."""
    return not os.environ.get(VARIABLE) or os.environ.get(PROGRAMS) == "1"


def require_below(path: Path, roots: Iterable[Path], *, told: Sequence[Path]) -> None:
    """Refuse a path that lies below none of the roots.

    Args:
        path: resolved.
        roots: resolved.
        told: those of them that a person gave, for the sentence.

    Raises:
        DLCError: with the option that would allow it.
    """
    if any(path.is_relative_to(root) for root in roots):
        return
    folder = path if path.is_dir() else path.parent
    raise DLCError(
        f"{path} is outside the folders this dashboard may read ({', '.join(map(str, told))}); "
        f"start it with dlc app --data-root {' '.join(map(str, [*told, folder]))} to allow that "
        "one, too."
    )
