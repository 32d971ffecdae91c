"""One run seen: its samples with map, issues, scores and decisions, in memory."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.analysis.own_columns import seen
from dlc_core.analysis.recent_results import RecentResults
from dlc_core.atomic_files import file_stamp
from dlc_core.decisions import Decided, read_log
from dlc_core.errors import DLCError
from dlc_core.issues import read_issues
from dlc_core.recipes import run_candidates
from dlc_core.runs import Run
from dlc_core.runs.contents import CONTENTS, NOT
from dlc_core.runs.reduced_features import stored_components
from dlc_core.scores import OWN, score_names
from dlc_core.selection.candidates import Candidates, with_decisions, with_scores

# The last are folders, whose stamps change with every file that comes, goes or is replaced.
_FILES = (
    *(item.pattern for item in CONTENTS if item.digest != NOT and "/" not in item.pattern),
    "scores", "subsets",
)  # fmt: skip
_UNSTAMPED = ("decisions.jsonl",)  # it has a version of its own


@dataclass(frozen=True, eq=False)
class View:
    """A scored run in memory; rows are its samples in ascending id.

    Attributes:
        run: the run.
        samples: run.samples; where it is seen by another score, with that one's numbers.
        map: (N, 2) coordinates, or None while there are none or if they are damaged.
        layout: what the coordinates are: "UMAP", "PCA", or "" without any.
        issues: the table of issues, or None while they are not computed.
        stamp: tells it from any other view: of another run, of its files as they were, by another
            score.
        score: by which of its scores the run is seen.
        base: the same run seen by its own score, if that is another.
        recent: what was worked out of it lately; another view made of it begins with nothing.
    """

    run: Run
    samples: pd.DataFrame
    map: NDArray[np.float32] | None
    layout: str
    issues: pd.DataFrame | None
    stamp: str
    score: str = OWN
    base: View | None = None
    recent: RecentResults = field(default_factory=RecentResults, init=False, repr=False)

    def __len__(self) -> int:
        """Return N."""
        return len(self.samples)

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        """(N,) sample ids, ascending."""
        return self.samples["id"].to_numpy()

    @cached_property
    def class_ids(self) -> NDArray[np.int64]:
        """(N,) class of each sample."""
        return self.samples["class_id"].to_numpy()

    @cached_property
    def classes(self) -> list[str]:
        """Class names; class_id is a position in it."""
        return self.run.classes

    @cached_property
    def class_counts(self) -> NDArray[np.int64]:
        """(C,) samples of each class of the run, those without any included."""
        return np.bincount(self.class_ids, minlength=len(self.classes))

    @cached_property
    def present(self) -> list[int]:
        """The class ids that have a sample, ascending."""
        return [int(class_id) for class_id in np.flatnonzero(self.class_counts)]

    @cached_property
    def columns(self) -> dict[str, pd.Series]:
        """The columns that the data's own table had besides, at most 50, each (N,).

        Numbers are numbers, also those that the run keeps as text, such as "0.50"; the others are
        text, "" for an empty cell. None if the file is damaged, which the page says.
        """
        if self.base is not None:
            return self.base.columns
        try:
            table = self.run.columns
        except DLCError:
            return {}
        return {str(name): seen(values) for name, values in table.items()}

    @property
    def percentile(self) -> NDArray[np.float64]:
        """(N,) hardness within the class, 100 = hardest."""
        return self.samples["percentile"].to_numpy()

    @property
    def scores(self) -> NDArray[np.float64]:
        """(N,) scores, higher = harder."""
        return self.samples["score"].to_numpy()

    @property
    def candidates(self) -> Candidates:
        """The samples, ordered for selection; pins and exclusions as they stand now."""
        version = read_log(self.run.path).version
        return self.recent("candidates", version, self._with_decisions, most=2)

    def _with_decisions(self) -> Candidates:
        decided = self.decided()
        if not (decided.pinned.any() or decided.excluded.any()):
            return self.undecided_candidates
        return with_decisions(
            self.undecided_candidates, pinned=decided.pinned, excluded=decided.excluded
        )

    @cached_property
    def undecided_candidates(self) -> Candidates:
        """The samples, ordered for selection, without any decision."""
        if self.base is not None:  # names and draws are the same ones
            return with_scores(self.base.undecided_candidates, self.scores)
        return run_candidates(self.run, decisions=False)

    @cached_property
    def score_names(self) -> dict[str, str]:
        """The scores that the run can be seen by, name -> description."""
        return self.base.score_names if self.base is not None else score_names(self.run)

    @cached_property
    def hardest_first(self) -> NDArray[np.int64]:
        """(N,) rows from the hardest of its class to the easiest; equal percentiles by class."""
        return np.lexsort((self.class_ids, -self.percentile))

    @cached_property
    def easiest_first(self) -> NDArray[np.int64]:
        """(N,) rows from the easiest of its class to the hardest; equal percentiles by class."""
        return np.lexsort((self.class_ids, self.percentile))

    def decided(self) -> Decided:
        """Return what people have decided of the samples, as the log stands now."""
        if self.base is not None:
            return self.base.decided()
        log = read_log(self.run.path)
        return self.recent("decided", log.version, lambda: log.state(self.ids), most=4)

    def row_of(self, identity: int) -> int | None:
        """Return the row of a sample id, or None if there is none."""
        row = int(np.searchsorted(self.ids, identity))
        return row if row < len(self) and self.ids[row] == identity else None

    def path(self, row: int) -> str:
        """Return the path of a row, relative to the dataset's root."""
        return str(self._paths.iat[row])

    @cached_property
    def _paths(self) -> pd.Series:
        return self.samples["path"]

    def label(self, row: int) -> str:
        """Return the class name of a row, as the dataset has it."""
        return self.classes[int(self.class_ids[row])]


def file_stamps(path: Path) -> tuple[tuple[int, int], ...]:
    """Return what changes when a file does that a view rests on; a log has versions of its own."""
    return tuple(file_stamp(path / name) for name in _FILES if name not in _UNSTAMPED)


def view_of(run: Run) -> View:
    """Return a run that has scores as a view, its files as they are now.

    Raises:
        DLCError: if its samples cannot be read.
    """
    stamps = file_stamps(run.path)
    coordinates, layout = None, ""
    with contextlib.suppress(DLCError):  # a damaged map hides neither scores nor gallery
        coordinates, layout = _coordinates(run)
    return View(run, run.samples, coordinates, layout, read_issues(run), f"{run.path}{stamps}")


def _coordinates(run: Run) -> tuple[NDArray[np.float32] | None, str]:
    if (run.path / "projection.parquet").is_file():
        found = run.projection[["x", "y"]].to_numpy(dtype=np.float32)
        if len(found) == len(run.samples):
            method = str(run.info.get("projection", {}).get("method", "umap"))
            return np.ascontiguousarray(found), method.upper()
        return None, ""
    components = stored_components(run)
    if components is None or len(components) != len(run.samples):
        return None, ""
    two = np.zeros((len(components), 2), dtype=np.float32)
    two[:, : min(2, components.shape[1])] = components[:, :2]
    return two, "PCA"
