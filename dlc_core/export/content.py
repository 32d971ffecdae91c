"""What is exported: the samples of one part of a run, with what people decided applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.datasets.exact_columns import cell_text
from dlc_core.decisions import read_log
from dlc_core.errors import DLCError
from dlc_core.runs import Run
from dlc_core.runs.run import SAMPLE_COLUMNS

FIRST_COLUMNS = ["id", "path", "label", "class_id", "score"]
# What a column of an export may mean to those who read it, so that no column of the data does.
_OURS = frozenset({
    *SAMPLE_COLUMNS, "original_label", "status", "tags", "filepath", "hardness", "file_name",
    "width", "height", "image", "verdict", "relabel", "note", "event", "decisions", "samples",
    "subset", "recipe",
})  # fmt: skip
NO_CLASS = -1  # class_id of a label that the run does not know
KEPT, DROPPED, EXCLUDED = "kept", "dropped", "excluded"
PARTS = {
    "kept": "the samples of the subset",
    "dropped": "the samples that are neither in it nor excluded by a person",
    "both": "all samples, a column says which are kept, dropped or excluded",
}


@dataclass(frozen=True, eq=False)
class Content:
    """The samples that an export is about.

    Attributes:
        run: that they are of.
        table: (K rows) in ascending id: id, path, label, class_id, score first; `original_label`
            if people gave any of them another label; the data's own columns, named as
            `exported_name` says; `status` if the part is "both".
        recipe: what chose them, for people and programs.
        part: a key of PARTS.
    """

    run: Run
    table: pd.DataFrame
    recipe: dict[str, Any]
    part: str = "kept"

    @property
    def own(self) -> pd.DataFrame:
        """The data's own columns of the samples, (K rows)."""
        ours = {*SAMPLE_COLUMNS, "original_label", "status"}
        return self.table[[name for name in self.table.columns if name not in ours]]

    @property
    def name(self) -> str:
        """The dataset's short name."""
        return str(self.run.info["dataset"]["name"])

    @property
    def root(self) -> str:
        """The folder that the paths are relative to; "" for bundled data."""
        return str(self.run.info["dataset"]["root"] or "")


def content_of(
    run: Run,
    ids: NDArray[np.int64],
    *,
    recipe: dict[str, Any] | None = None,
    part: str = "kept",
    decisions: bool = True,
    relabelled: Mapping[int, str] | None = None,
) -> Content:
    """Return what an export of a subset holds.

    Args:
        run: that the subset was made from.
        ids: (K,) the kept samples, distinct, in any order.
        recipe: what chose them.
        part: a key of PARTS. A kept sample counts as kept even where a person has excluded it;
            `without_excluded` takes such out.
        decisions: whether the relabels and exclusions count that stand in the run now.
        relabelled: id -> decided label, of an earlier moment; None = those that stand now.

    Raises:
        DLCError: if an id is not in the run, or there is no such part.
    """
    if part not in PARTS:
        raise DLCError(f"part must be one of {', '.join(PARTS)}, got {part!r}.")
    status = _status(run, ids, decisions=decisions)
    rows = np.ones(len(status), dtype=np.bool_) if part == "both" else status == part
    if relabelled is None:
        known = run.samples["id"].to_numpy()
        relabelled = read_log(run.path).state(known).relabelled if decisions else {}
    table = _table(run, rows, relabelled)
    if part == "both":
        table["status"] = pd.Series(status, dtype="str")
    return Content(run, table, recipe or {}, part)


def subset_table(run: Run, ids: NDArray[np.int64], *, decisions: bool = True) -> pd.DataFrame:
    """Return the kept samples of a run, one row each, in ascending id.

    `label` and `class_id` are those that people decided on; where there are any, the column
    `original_label` holds the run's own. A decided label that the run has no class for has the
    class_id -1. Ranks and percentile stay those within the class that the sample was scored in.

    Raises:
        DLCError: if an id is not in the run.
    """
    return content_of(run, ids, decisions=decisions).table


def without_excluded(run: Run, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ids without the samples that a person has excluded by now."""
    known = run.samples["id"].to_numpy()
    excluded = known[read_log(run.path).state(known).excluded]
    return ids[~np.isin(ids, excluded)]


def _status(run: Run, ids: NDArray[np.int64], *, decisions: bool) -> NDArray[np.object_]:
    known = run.samples["id"].to_numpy()
    unknown = np.setdiff1d(ids, known)
    if len(unknown):
        raise DLCError(f"sample {unknown[0]} is not in {run.path}; was the subset made from it?")
    status = np.full(len(known), DROPPED, dtype=np.object_)
    if decisions:
        status[read_log(run.path).state(known).excluded] = EXCLUDED
    status[np.isin(known, ids)] = KEPT
    return status


def _table(run: Run, rows: NDArray[np.bool_], relabelled: Mapping[int, str]) -> pd.DataFrame:
    table = run.samples.loc[rows, SAMPLE_COLUMNS].reset_index(drop=True)
    ids = table["id"].to_numpy()
    here = np.intersect1d(ids, list(relabelled)).tolist()
    relabelled = {identity: relabelled[identity] for identity in here}
    if relabelled:
        class_ids = {name: place for place, name in enumerate(run.classes)}
        places = np.searchsorted(ids, list(relabelled))
        labels = table["label"].to_numpy(dtype=np.object_, copy=True)
        own = labels.copy()
        labels[places] = list(relabelled.values())
        codes = table["class_id"].to_numpy(copy=True)
        codes[places] = [class_ids.get(name, NO_CLASS) for name in relabelled.values()]
        table["label"], table["class_id"] = pd.Series(labels, dtype="str"), codes
        place = len(FIRST_COLUMNS)
        table.insert(place, "original_label", pd.Series(own, dtype="str"))
    return pd.concat([table, _own_columns(run, rows)], axis=1)


def exported_name(column: str) -> str:
    """Return what a column of the data's own table is called beside ours."""
    return f"{column} (data)" if column.casefold() in _OURS else column


def _own_columns(run: Run, rows: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the data's own columns of some samples; times as text, so that JSON can hold them."""
    table = run.columns.loc[rows].reset_index(drop=True)
    names: dict[str, pd.Series] = {}
    for column in table.columns:
        name = exported_name(str(column))
        while name in names:  # the data has a "score (data)" beside its "score"
            name = f"{name} (data)"
        values = table[column]
        if not pd.api.types.is_numeric_dtype(values):
            if not pd.api.types.is_string_dtype(values):
                values = values.map(cell_text, na_action="ignore")
            values = values.astype("str")
        names[name] = values
    return pd.DataFrame(names, index=table.index)
