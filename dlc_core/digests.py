"""Digests of a run's files: blake2b, 128 bits, in run.json or beside the file as NAME.sum."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SMALL = 16 << 20  # bytes that are hashed while somebody waits: some hundredths of a second
SUM = ".sum"
_LINE = re.compile(r"([0-9a-f]{32})  [^\n]+")
_FRESH = 100_000_000  # ns in which a file may change again without another time of change
_MOST = 4096  # files whose digest is remembered
_known: dict[Path, tuple[tuple[int, ...], str]] = {}


def bytes_digest(data: bytes) -> str:
    """Return the digest of bytes, 32 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def file_digest(file: Path) -> str:
    """Return the digest of a file's bytes; while it does not change it is read once a process.

    Raises:
        OSError: if it cannot be read.
    """
    with file.open("rb") as source:
        status = os.fstat(source.fileno())
        stamp = _stamp(status)
        known = _known.get(file)
        if known is not None and known[0] == stamp:
            return known[1]
        found = hashlib.file_digest(source, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
        same = _stamp(os.fstat(source.fileno())) == stamp
    if same and time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > _FRESH:
        if len(_known) >= _MOST:
            _known.clear()
        _known[file] = stamp, found
    return found


def is_known(file: Path) -> bool:
    """Whether `file_digest` would answer at once, because the file has not changed since."""
    try:
        return file in _known and _known[file][0] == _stamp(file.stat())
    except OSError:
        return False


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev


def record_digest(record: Mapping[str, Any]) -> str:
    """Return the digest of a JSON object without its own `digest`.

    It is that of its canonical JSON in UTF-8: keys sorted, no blanks, characters as they are.
    """
    rest = {key: value for key, value in record.items() if key != "digest"}
    return bytes_digest(canonical_json(rest))


def canonical_json(value: object) -> bytes:
    """Return the one JSON text of a value that its digest is taken of, in UTF-8."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8", "surrogatepass")


def ids_name(ids: bytes) -> str:
    """Return the name under which the bytes of sample ids are kept: 12 hexadecimal digits."""
    return hashlib.blake2b(ids, digest_size=6).hexdigest()


def sum_file(file: Path) -> Path:
    """Return where the digest of a file is that is not in run.json."""
    return file.with_name(file.name + SUM)


def read_sums(file: Path) -> list[str] | None:
    """Return the digests that a file may have by its NAME.sum; None if there is none.

    Usually it is one; two while a writer replaces the file, or after one was killed at that.
    """
    beside = sum_file(file)
    if not beside.is_file():
        return [] if beside.exists() else None
    try:
        lines = beside.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:  # removed meanwhile
        return None
    except (OSError, ValueError):
        return []
    found = [_LINE.fullmatch(line) for line in lines]
    return [match[1] for match in found if match] if all(found) else []


def sums_text(file: Path, digests: list[str]) -> bytes:
    """Return the content of NAME.sum, as `b2sum --length 128 --check` reads it."""
    return "".join(f"{digest}  {file.name}\n" for digest in dict.fromkeys(digests)).encode()
