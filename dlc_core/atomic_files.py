"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray

from dlc_core.digests import file_digest, read_sums, record_digest, sum_file, sums_text

TEMPORARY = ".tmp"


def write_atomically(
    path: Path, write: Callable[[IO[bytes]], Any], *, summed: bool = False
) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it into place.

    Args:
        path: the file.
        write: given the open temporary file.
        summed: whether the file's digest is kept beside it as NAME.sum. That is written first, with
            the old file's digest and the new one's, so that a kill at any moment leaves both valid.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}{TEMPORARY}")
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if summed:
            _replace_with_sum(temporary, path)
        else:
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _replace_with_sum(temporary: Path, path: Path) -> None:
    digest = file_digest(temporary)
    with _turn(path.parent):
        old = read_sums(path)
        if old is None and path.is_file():
            old = [file_digest(path)]  # of a version that kept none
        beside = sum_file(path)
        write_atomically(beside, lambda file: file.write(sums_text(path, [*(old or []), digest])))
        temporary.replace(path)
        write_atomically(beside, lambda file: file.write(sums_text(path, [digest])))


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Let one writer at a time replace files of a folder and their sums."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def remove_summed(path: Path) -> None:
    """Delete a file and its NAME.sum.

    Raises:
        FileNotFoundError: if there is no such file.
    """
    with _turn(path.parent):
        sum_file(path).unlink(missing_ok=True)
        path.unlink()


def write_json(path: Path, value: Any, *, summed: bool = False) -> None:
    """Write a value as readable JSON, atomically."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(path, lambda file: file.write(text.encode()), summed=summed)


def write_record(folder: Path, record: dict[str, Any]) -> None:
    """Write run.json with its own digest; `files` stays only in the record of a finished run."""
    kept = {key: value for key, value in record.items() if key != "digest"}
    if record.get("status") != "done":
        kept.pop("files", None)
    write_json(folder / "run.json", {**kept, "digest": record_digest(kept)})


def write_npy(path: Path, array: NDArray[Any], *, summed: bool = False) -> None:
    """Write an array as .npy, atomically."""
    values = np.ascontiguousarray(array).reshape(np.shape(array))

    def part(start: int, stop: int) -> NDArray[Any]:
        return values[start:stop]

    write_rows(path, values.shape, values.dtype, max(1, len(values)), part, summed=summed)


def write_rows(
    path: Path,
    shape: tuple[int, ...],
    dtype: DTypeLike,
    rows: int,
    part: Callable[[int, int], NDArray[Any]],
    *,
    summed: bool = False,
) -> None:
    """Write an array as .npy a few rows at a time, atomically.

    Not with np.save, whose error on a full disk does not say that the disk is full.

    Args:
        path: the file.
        shape: of the whole array.
        dtype: of its values.
        rows: how many to ask for at a time.
        part: (start, stop) -> the rows from start to stop - 1.
        summed: as in `write_atomically`.
    """

    def write(target: IO[bytes]) -> None:
        descr = np.lib.format.dtype_to_descr(np.dtype(dtype))
        header = {"descr": descr, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(target, header)
        for start in range(0, shape[0], rows):
            values = np.asarray(part(start, min(start + rows, shape[0])), dtype=dtype)
            target.write(np.ascontiguousarray(values).data)

    write_atomically(path, write, summed=summed)


def write_parquet(path: Path, table: pd.DataFrame, *, summed: bool = False) -> None:
    """Write a table as Parquet, atomically, without an index, with a checksum for each page."""

    def write(file: IO[bytes]) -> None:
        table.to_parquet(file, index=False, write_page_checksum=True)

    write_atomically(path, write, summed=summed)


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the object in a JSON file, or None if it is missing or not whole."""
    try:
        value = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def file_stamp(path: Path) -> tuple[int, int]:
    """Return (time of the last change in ns, bytes) of a file; (0, 0) if there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - one call for both
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def remove_leftovers(folder: Path) -> None:
    """Delete the temporary files of a writer that was killed; call it with the lock held."""
    for file in folder.glob(f".*{TEMPORARY}"):
        file.unlink(missing_ok=True)
