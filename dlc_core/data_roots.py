"""The folders below which data may be read when others than the command line ask.

`dlc app` puts them into $DLC_DATA_ROOTS, which the processes that the dashboard starts inherit: a
table that somebody brought may name images anywhere on the machine, and so may a link. So what a
path leads to is looked at where it is opened, all links followed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from dlc_core.default_folders import default_runs_folder, fetched_data_folder
from dlc_core.errors import DLCError
from dlc_core.file_names import printable

VARIABLE = "DLC_DATA_ROOTS"
PROGRAMS = "DLC_ALLOW_PROGRAMS"
_LOCAL = re.compile(r"(file|local):(//(localhost)?(?=/|$))?", re.IGNORECASE)
UPLOADS = ".uploads"  # the folder beside the runs of what was uploaded in a browser


class OutsideRoots(DLCError):  # noqa: N818 - what is wrong, as UnreadableImage
    """A path that leads where the dashboard may not read."""


def limited() -> bool:
    """Whether somebody asks through the dashboard: in its server, and in the jobs it starts."""
    return bool(os.environ.get(VARIABLE))


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


def default_roots(*, runs: Path | None = None) -> list[Path]:
    """Return the folders of a dashboard that was given none.

    Args:
        runs: the folder of runs, where others than the people of this machine come: the only one.

    Returns:
        Else the home folder and the one it was started in, resolved.
    """
    return [Path.home().resolve(), Path.cwd().resolve()] if runs is None else [runs.resolve()]


def allowed_roots() -> tuple[Path, ...]:
    """Return the folders below which a job may read, resolved.

    They are those that were given, the folder of runs with what was uploaded, and that of the
    data sets that torchvision has fetched.
    """
    names = (VARIABLE, "DLC_RUNS", "DLC_DATASETS", "HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")
    return _allowed(tuple(os.environ.get(name) for name in names))


@lru_cache(maxsize=8)
def _allowed(_environment: tuple[str | None, ...]) -> tuple[Path, ...]:
    return (*given_roots(), default_runs_folder().resolve(), fetched_data_folder().resolve())


def typed_path(text: str) -> Path:
    """Return a path that a person typed, ~ and ~NAME replaced by that person's home folder.

    Raises:
        DLCError: if there is nobody of that name, or it is an address of this machine's own files.
    """
    address = _LOCAL.match(text)
    if address is not None and not os.path.lexists(text):
        plain = text[address.end() :]
        raise DLCError(
            f"{printable(text)[:200]} is no address elsewhere; give the plain path of this machine"
            + (f": {printable(plain)[:200]}." if plain else ".")
        )
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise DLCError(
            f"the home folder that {printable(text)} begins with is not known; type the path in "
            "full."
        ) from error


def is_allowed(path: str | Path) -> bool:
    """Whether a path may be read, all links in it followed."""
    if not limited():
        return True
    try:
        return is_below_roots(Path(path).resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, a NUL
        return False


def require_allowed(path: str | Path) -> Path:
    """Return a path, all links followed where there is a limit; refuse one that leads outside.

    For folders, and for files that a library opens by their names; the others: `open_data`.

    Raises:
        OutsideRoots: with the option that would allow it.
    """
    if not limited():
        return Path(path)
    try:
        found = Path(path).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise OutsideRoots(f"{printable(str(path))} is no possible path.") from error
    require_below(found, allowed_roots(), told=given_roots(), named=path)
    return found


def require_below(
    path: Path, roots: Iterable[Path], *, told: Sequence[Path], named: str | Path
) -> None:
    """Refuse a path that lies below none of the roots.

    Args:
        path: resolved.
        roots: resolved.
        told: those of them that a person gave, for the sentence.
        named: the path as it was given: where a link leads is nobody's business.

    Raises:
        OutsideRoots: with the option that would allow it.
    """
    if any(path.is_relative_to(root) for root in roots):
        return
    given = Path(named)
    folder = given.parent if given.suffix else given  # nor is whether it is there
    raise OutsideRoots(
        f"{printable(str(named))} is outside the folders this dashboard may read "
        f"({', '.join(map(str, told))}); start it with dlc app --data-root "
        f"{' '.join(map(printable, map(str, [*told, folder])))} to allow that one, too."
    )


def require_all_allowed(folder: Path) -> None:
    """Refuse a folder in which a link leads outside: for one that a library reads as a whole.

    Raises:
        OutsideRoots: naming the first.
    """
    if not limited():
        return
    seen: set[str] = set()
    for above, folders, files in os.walk(require_allowed(folder), followlinks=True):
        real = os.path.realpath(above)
        if real in seen:  # a link to a folder above it
            folders.clear()
            continue
        seen.add(real)
        for name in (*folders, *files):
            require_allowed(Path(above, name))


def require_model(path: str | Path) -> Path:
    """Return the path of a backbone or of weights, as `require_allowed` does.

    Raises:
        OutsideRoots: if it leads outside, or to what was uploaded: only images and tables are.
    """
    found = require_allowed(path)
    try:
        parts = found.resolve().parts
    except (OSError, RuntimeError, ValueError):  # told by who opens it
        return found
    if UPLOADS in parts:
        raise OutsideRoots(
            "what was uploaded is never taken as backbone or weights; put the file into a folder "
            "of this machine that the dashboard may read."
        )
    return found


def is_below_roots(path: Path, also: Sequence[Path] = ()) -> bool:
    return any(path.is_relative_to(root) for root in (*allowed_roots(), *also))
