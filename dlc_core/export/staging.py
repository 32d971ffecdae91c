"""Building under a temporary name and renaming when complete, whatever happens in between."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dlc_core.errors import DLCError
from dlc_core.runs.files import TEMPORARY

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def staged_folder(out: Path) -> Iterator[Path]:
    """Give an empty folder beside `out` that takes its name at the end; on failure it is removed.

    Raises:
        DLCError: if `out` exists and is no empty folder, cannot be written, or the disk is full.
    """
    with _staged(out) as temporary:
        temporary.mkdir()
        yield temporary


@contextmanager
def staged_file(out: Path) -> Iterator[Path]:
    """Give the name of a file beside `out` that takes its name at the end; else it is removed.

    Raises:
        DLCError: if `out` is a folder, cannot be written, or the disk is full.
    """
    if out.is_dir():
        raise DLCError(f"{out} is a folder; name a file.")
    with _staged(out, replace=True) as temporary:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())


@contextmanager
def _staged(out: Path, *, replace: bool = False) -> Iterator[Path]:
    temporary = out.with_name(f".{out.name}.{os.getpid()}-{threading.get_ident()}{TEMPORARY}")
    try:
        if not replace:
            _require_new(out)
        yield temporary
        temporary.replace(out)
    except OSError as error:
        if error.errno in _FULL:
            raise DLCError(
                f"the disk is full: nothing was written to {out}; make room, or choose another "
                "--out."
            ) from error
        raise DLCError(f"cannot write {out}: {error.strerror or error}.") from error
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _require_new(out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise DLCError(f"{out} exists already and is no folder; choose another --out.")
    if out.is_dir() and any(out.iterdir()):
        raise DLCError(f"{out} exists already and is not empty; choose another --out.")
    if not out.parent.is_dir():
        raise DLCError(f"cannot write {out}: there is no folder {out.parent}; make it first.")
