"""Where a command may write: nothing is replaced unasked, nothing of a run or of its data ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from dlc_core.atomic_files import read_json
from dlc_core.datasets.registry import find_source
from dlc_core.errors import DLCError
from dlc_core.runs import Run

_DEPTHS = ("*/run.json", "*/*/run.json", "*/*/*/run.json")  # where runs are looked for
_OWN = (("exports",), ("subsets", ".orders"))  # in a run, for what the program itself makes


def check_destination(
    out: str | Path, *, runs: Iterable[Run] = (), overwrite: bool = False, option: str = "--out"
) -> Path:
    """Return the full path of a file or folder that may be written.

    Args:
        out: the file or folder; an empty one counts as missing.
        runs: whose data must not be touched; no run at all may be, whichever is given here.
        overwrite: whether something else that is there may be replaced.
        option: that named it.

    Raises:
        DLCError: if it is in a run, holds a run or data, is a part of a run's data, or is there and
            may not be replaced.
    """
    path = Path(out).expanduser().absolute()
    try:
        real = path.resolve()
        there, empty = real.exists(), real.exists() and _is_empty(real)
    except (OSError, RuntimeError) as error:  # a circle of links, a folder that may not be read
        raise DLCError(f"cannot write {path}: {error}.") from error
    require_outside_runs(path, option=option)
    if not there:
        return path
    for run in runs:
        _require_no_data(path, real, run, option)
    if real.is_dir() and not empty:
        _require_no_more_than_an_export(path, real, option)
    if not empty and not overwrite:
        raise DLCError(
            f"{path} exists already; add --overwrite to replace it, or choose another {option}."
        )
    return path


def _is_empty(path: Path) -> bool:
    if path.is_dir():
        return next(path.iterdir(), None) is None
    return path.is_file() and path.stat().st_size == 0


def require_outside_runs(path: Path, *, option: str = "--out") -> None:
    """Refuse to write among a run's own files.

    Raises:
        DLCError: if a run lies around the path.
    """
    real = path.resolve()
    for folder in (real, *real.parents):
        if _is_run(folder) and not any(
            real.relative_to(folder).parts[: len(own)] == own for own in _OWN
        ):
            raise DLCError(
                f"{path} is in the run {folder}, where only the program's own files belong; "
                f"choose another {option}."
            )


def _require_no_more_than_an_export(path: Path, real: Path, option: str) -> None:
    """Refuse a folder that would take runs, or a person's own folder, with it."""
    below = (file.parent for depth in _DEPTHS for file in real.glob(depth))
    if any(map(_is_run, below)):
        raise DLCError(f"{path} holds runs; choose another {option}.")
    if any(own.is_relative_to(real) for own in (Path.home().resolve(), Path.cwd())):
        raise DLCError(
            f"{path} is your home folder, the folder you are in, or one around them; choose "
            f"another {option}."
        )


def _is_run(folder: Path) -> bool:
    # A table that is called run.json makes none; a damaged run still has its samples.
    if not (folder / "run.json").is_file():
        return False
    known = read_json(folder / "run.json") or {}
    return ("format" in known and "dataset" in known) or (folder / "samples.parquet").is_file()


def _require_no_data(path: Path, real: Path, run: Run, option: str) -> None:
    """Refuse what the run's samples come from, or a folder that holds it."""
    for data in _data_of(run):
        whole = data.is_relative_to(real)  # the source itself, or a folder around it
        if whole or (real.is_relative_to(data) and _is_part(run, real, data)):
            raise DLCError(
                f"{path} is part of the data that {run.path} was made from; choose another "
                f"{option}."
            )


def _data_of(run: Run) -> Iterator[Path]:
    """Yield the folders and files of this machine that a run's samples come from."""
    known = run.info["dataset"]
    named = [Path(known["root"])] if known.get("root") else []
    with suppress(DLCError):  # a name that nothing reads any more
        source = find_source(str(known.get("source") or "digits")).path
        named += [] if source is None else [source if source.exists() else source.parent]
    for path in named:
        if path.is_absolute() and path.exists():
            yield path.resolve()


def _is_part(run: Run, real: Path, data: Path) -> bool:
    """Whether what lies in a folder of data is one of its samples, or holds one."""
    if not run.info["dataset"].get("root"):
        return True  # shards and the like: which files are read is not in the run
    inside = real.relative_to(data).as_posix()
    if real.is_dir():
        inside += "/"
    return any(
        table["path"].astype(str).str.startswith(inside).any()
        if real.is_dir()
        else (table["path"] == inside).any()
        for table in (run.samples, run.faults)
    )
