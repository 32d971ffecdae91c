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
class Content:
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
    Content("run.json", ITSELF),
    Content("samples.parquet", RECORD),
    Content("losses.npy", RECORD),
    Content("predicted.npy", RECORD),
    Content("features.npy", RECORD),
    Content("centroids.npy", RECORD),
    Content("columns.parquet", RECORD),
    Content("faults.parquet", RECORD),
    Content("thumbnails.bin", RECORD),
    Content("thumbnails.npy", RECORD),
    Content("pca.npy", BESIDE, "make it again with dlc project"),
    Content("projection.parquet", BESIDE, "make it again with dlc project"),
    Content("kinds.parquet", BESIDE, _KINDS),
    Content("neighbours.npy", BESIDE, _KINDS),
    Content("neighbour_distances.npy", BESIDE, _KINDS),
    Content("scores/*.parquet", BESIDE, _BRING),
    Content("decisions.jsonl", LINES, "go on without the line with dlc decisions RUN --repair"),
    Content("evidence/*/settings.json", BESIDE, "delete its folder and measure again"),
    Content("evidence/*/cells.jsonl", LINES, "measure again with dlc evidence"),
    Content("evidence/auto/*.json", BESIDE, "delete it and choose again"),
    Content("subsets/*.recipe.json", BESIDE, "delete it and save the recipe again"),
    Content("subsets/*.shown.npy", NAME, "bring the subset back again"),
    Content("subsets/.orders/*", NOT),  # caches; a .npz has checksums of its own
    Content("exports/*", NOT),
    Content("work/*", NOT),
    Content("progress.json", NOT),
    Content(".lock", NOT),
    Content(".decisions.lock", NOT),
    Content("evidence/*/.lock", NOT),
    Content("evidence/*/progress.json", NOT),
    Content("decisions.damaged.jsonl", NOT),  # lines that were taken out of decisions.jsonl
)


def content_of(name: str) -> Content | None:
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
