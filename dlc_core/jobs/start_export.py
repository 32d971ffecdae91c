"""Starting an export of a run as a job: the command that a person could type."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlc_core import jobs
from dlc_core.errors import DLCError, refused
from dlc_core.export import check_destination, content_of, encode_subset, exporter, write_file
from dlc_core.jobs.export_history import FOLDER, SUBSET, running
from dlc_core.recipes import Subset
from dlc_core.runs import Run


def start_images(
    run: Run,
    kept: Subset | NDArray[np.int64],
    name: str,
    *,
    format_name: str,
    part: str = "kept",
    mode: str = "copy",
    out: Path | None = None,
) -> None:
    """Write the subset beside where the export will be, and start `dlc export`.

    Args:
        run: that the subset is of.
        kept: the subset, or its ids where no recipe is known.
        name: of the export, with its suffix; a number is put behind one that is taken.
        format_name: of a format with images.
        part: "kept" or "dropped".
        mode: a key of MODES.
        out: where to, if not into RUN/exports/.

    Raises:
        DLCError: if another export of the run is running, or `out` is there and not empty.
    """
    if out is not None:
        check_destination(out, runs=[run])
    key = _new(run.path, name)
    words = ["export", str(run.path), "--subset", str(_subset(run, kept, key))]
    words += ["--format", format_name, "--part", part]
    words += [] if mode == "copy" else ["--mode", mode]
    jobs.start([*words, "--out", str(out or key)], run=key)


def start_report(run: Run, name: str, options: Sequence[str]) -> None:
    """Start `dlc report`.

    Args:
        run: that the subset is of.
        name: of the report, ending in .html.
        options: that say the recipe.

    Raises:
        DLCError: if another export of the run is running.
    """
    key = _new(run.path, name)
    jobs.start(["report", str(run.path), *options, "--out", str(key)], run=key)


def _new(run: Path, name: str) -> Path:
    """Return a free name in the folder of exports, which is made."""
    folder = run / FOLDER
    try:
        if folder.is_symlink():
            raise DLCError(f"{folder} is a link; expected a folder of the run: remove it.")
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise DLCError(refused(folder, error)) from error
    busy = running(run)
    if busy:
        raise DLCError(f"{busy[0].name} is being made; wait for it, or cancel it.")
    ending = Path(name).suffix if name.endswith((".zip", ".html")) else ""
    base, number = name.removesuffix(ending), 2
    while (folder / name).exists() or jobs.job_of(folder / name) is not None:
        name, number = f"{base}-{number}{ending}", number + 1
    return folder / name


def _subset(run: Run, kept: Subset | NDArray[np.int64], key: Path) -> Path:
    file = key.with_name(f"{key.name}{SUBSET}")
    if isinstance(kept, Subset):
        write_file(file, encode_subset(run, kept, "json"))
    else:
        write_file(file, exporter("json").encode(content_of(run, kept)))
    return file
