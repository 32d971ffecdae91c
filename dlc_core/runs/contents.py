"""Every file that a run can hold: where its digest is kept, and what to do if it is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from dlc_core.atomic_files import TEMPORARY
from dlc_core.digests import SUM

ITSELF, RECORD, BESIDE, LINES, NAME, NOT = "itself", "run.json", "sum", "lines", "name", "not"


@dataclass(frozen=True)
class RunFile:
    """A kind of file in a run.

    Attributes:
        pattern: its path in the run; * stands for a name.
        digest: where its digest is: ITSELF, in run.json (RECORD), in NAME.sum (BESIDE), in each of
            its LINES, in its NAME; NOT where none is kept.
        way: what to do if it is damaged.
    """

    pattern: str
    digest: str
    way: str = "score again"


_KINDS, _BRING = "make it again with dlc kinds", "bring or make the score again"
CONTENTS = (
    RunFile("run.json", ITSELF),
    RunFile("samples.parquet", RECORD),
    RunFile("losses.npy", RECORD),
    RunFile("predicted.npy", RECORD),
    RunFile("features.npy", RECORD),
    RunFile("centroids.npy", RECORD),
    RunFile("columns.parquet", RECORD),
    RunFile("faults.parquet", RECORD),
    RunFile("thumbnails.bin", RECORD),
    RunFile("thumbnails.npy", RECORD),
    RunFile("pca.npy", BESIDE, "make it again with dlc project"),
    RunFile("projection.parquet", BESIDE, "make it again with dlc project"),
    RunFile("kinds.parquet", BESIDE, _KINDS),
    RunFile("neighbours.npy", BESIDE, _KINDS),
    RunFile("neighbour_distances.npy", BESIDE, _KINDS),
    RunFile("scores/*.parquet", BESIDE, _BRING),
    RunFile("decisions.jsonl", LINES, "go on without the line with dlc decisions RUN --repair"),
    RunFile("evidence/*/settings.json", BESIDE, "delete its folder and measure again"),
    RunFile("evidence/*/cells.jsonl", LINES, "measure again with dlc evidence"),
    RunFile("evidence/auto/*.json", BESIDE, "delete it and choose again"),
    RunFile("subsets/*.recipe.json", BESIDE, "delete it and save the recipe again"),
    RunFile("subsets/*.shown.npy", NAME, "bring the subset back again"),
    RunFile("subsets/.orders/*", NOT),  # caches; a .npz has checksums of its own
    RunFile("exports/*", NOT),
    RunFile("work/*", NOT),
    RunFile("progress.json", NOT),
    RunFile(".lock", NOT),
    RunFile(".decisions.lock", NOT),
    RunFile("evidence/*/.lock", NOT),
    RunFile("evidence/*/progress.json", NOT),
    RunFile("decisions.damaged.jsonl", NOT),  # lines that were taken out of decisions.jsonl
)


def content_of(name: str) -> RunFile | None:
    """Return what kind of file a path in a run is; None if no program of ours writes it."""
    return next((item for item in CONTENTS if fnmatchcase(name, item.pattern)), None)


def way_out(name: str) -> str:
    """Return what to do if the file of this path in a run is damaged."""
    known = content_of(name)
    return known.way if known is not None else "score again"


def digested(run_path: Path) -> Iterator[str]:
    """Yield the paths in a run of the files that have a digest of their own, if they are there."""
    for item in CONTENTS:
        if item.digest == RECORD or (item.digest == BESIDE and "*" not in item.pattern):
            yield item.pattern
        elif item.digest == BESIDE:
            yield from (f.relative_to(run_path).as_posix() for f in run_path.glob(item.pattern))


def files_of(run_path: Path) -> Iterator[str]:
    """Yield the paths of a run's files, without sums and the temporary files of a writer."""
    for file in sorted(run_path.rglob("*")):
        name = file.relative_to(run_path).as_posix()
        if not file.is_dir() and file.suffix not in (SUM, TEMPORARY):
            yield name
