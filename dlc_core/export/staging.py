"""Building under a temporary name and renaming when complete, whatever happens in between."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dlc_core.atomic_files import TEMPORARY
from dlc_core.errors import DLCError, refused

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def staged_folder(out: Path) -> Iterator[Path]:
    """Give an empty folder beside `out` that takes its name at the end; on failure it is removed.

    What has that name until then is replaced: whether it may be is asked before
    (`check_destination`).

    Raises:
        DLCError: if it cannot be written, or the disk is full.
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
    with _staged(out) as temporary:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())


@contextmanager
def _staged(out: Path) -> Iterator[Path]:
    temporary = out.with_name(f".{out.name}.{os.getpid()}-{threading.get_ident()}{TEMPORARY}")
    old = temporary.with_name(f"{temporary.name}-old{TEMPORARY}")
    try:
        if not out.parent.is_dir():
            raise DLCError(f"cannot write {out}: there is no folder {out.parent}; make it first.")
        yield temporary
        if out.is_dir() or temporary.is_dir():
            _replace_folder(temporary, out, old)
        else:
            temporary.replace(out)
    except OSError as error:
        if error.errno in _FULL:
            raise DLCError(
                f"the disk is full: nothing was written to {out}; make room, or choose another "
                "--out."
            ) from error
        raise DLCError(refused(out, error)) from error
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _replace_folder(new: Path, out: Path, old: Path) -> None:
    """Give a folder its name; what had the name comes back if that fails."""
    there = out.exists() or out.is_symlink()
    if there:
        out.rename(old)
    try:
        new.rename(out)
    except OSError:
        if there:
            old.rename(out)
        raise
    if old.is_dir() and not old.is_symlink():
        shutil.rmtree(old, ignore_errors=True)
    else:
        old.unlink(missing_ok=True)
