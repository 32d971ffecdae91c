"""Whether the files of a run are what was written, each damage as one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlc_core.digests import SMALL, file_digest, is_known, read_sums, sum_file
from dlc_core.runs.contents import BESIDE, CONTENTS, RECORD, content_of, way_out

OF_SCORING = tuple(item.pattern for item in CONTENTS if item.digest == RECORD)


def scored_files(folder: Path) -> dict[str, list[Any]]:
    """Return what run.json keeps in `files` of a finished run: name -> [bytes, digest].

    Args:
        folder: the run directory, all files of the scoring written.
    """
    there = (name for name in OF_SCORING if (folder / name).is_file())
    return {name: [(folder / name).stat().st_size, file_digest(folder / name)] for name in there}


def sentence(file: Path, what: str, name: str | None = None) -> str:
    """Return the sentence on a damaged file: what is wrong with it, and what to do.

    Args:
        file: the file.
        what: got and expected.
        name: its path in the run; None takes its own name.
    """
    return f"{file} is damaged: {what}; {way_out(name or file.name)}."


def fault_of(
    folder: Path, name: str, files: Mapping[str, Any] | None, *, whole: bool = True
) -> str:
    """Return what is wrong with a file of a run in one sentence, or "".

    Args:
        folder: the run directory.
        name: the file's path in it.
        files: of run.json; None where it has none (of an older version, or not finished).
        whole: whether to hash it however large it is; else a large one only if that was done.
    """
    file, content = folder / name, content_of(name)
    if content is None or content.digest not in (RECORD, BESIDE):
        return ""
    size: int | None = None
    if content.digest == RECORD:
        expected = None if files is None else files.get(name)
        if expected is None:
            return ""
        if not (
            isinstance(expected, list) and len(expected) == 2
            and isinstance(expected[0], int) and isinstance(expected[1], str)
        ):  # fmt: skip
            return sentence(folder / "run.json", f"it does not say what {name} must be")
        size, digests = expected[0], [expected[1]]
    else:
        digests = None
    if not file.is_file():
        if content.digest == BESIDE and not file.exists():
            return ""
        got = "a folder is in its place" if file.is_dir() else "it is gone"
        return sentence(file, f"{got}, expected a file", name)
    try:
        there = file.stat().st_size
        if size is not None and there != size:
            return sentence(file, f"it has {there:,} bytes, expected {size:,}", name)
        if whole or there <= SMALL or is_known(file):
            return _compared(file, name, digests)
    except OSError as error:
        return sentence(file, f"it cannot be read ({error.strerror})", name)
    return ""


def _compared(file: Path, name: str, digests: list[str] | None) -> str:
    for _ in range(3):  # a writer may replace both between two looks
        expected = read_sums(file) if digests is None else digests
        if expected is None:
            return ""
        found = file_digest(file)
        if found in expected:
            return ""
    if not expected:
        return sentence(file, f"{sum_file(file).name} does not say what it must be", name)
    return sentence(file, f"its content has the digest {found}, expected {expected[-1]}", name)
