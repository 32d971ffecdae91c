"""The run directory, format 1 (docs/run-format.md): one scored dataset on disk."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.file_names import is_utf8
from dlc_core.parquet import require_room
from dlc_core.plurals import counted
from dlc_core.runs.contents import digested
from dlc_core.runs.counts import count_faults
from dlc_core.runs.damage import fault_of
from dlc_core.runs.plain_files import require_plain_files
from dlc_core.runs.run_json import checked_record
from dlc_core.safe_reading import read_npy, read_parquet

_WHERE = "dlc_core.analysis.expression_masks"  # stands above runs, so it is found by name
SAMPLE_COLUMNS = ["id", "path", "label", "class_id", "score", "rank", "class_rank", "percentile"]
FAULT_COLUMNS = ["path", "label", "error"]


@dataclass(frozen=True)
class Run:
    """A run directory, read only; open one with `Run.open`.

    Attributes:
        path: the directory.
        info: what run.json says.
    """

    path: Path
    info: dict[str, Any]

    @classmethod
    def open(cls, path: str | Path, *, unfinished: bool = False) -> Run:
        """Open a run directory.

        Args:
            path: the directory that `dlc score --out` wrote.
            unfinished: whether a run may be opened that has no scores yet.

        Raises:
            DLCError: if it is no run, of a newer format, damaged, or without scores. A run that is
                under way or was stopped has scores once a mask is done; `done` tells. Damage of
                another file than run.json and samples.parquet is raised where that is read, and
                all of it is in `damage`.
        """
        folder = Path(path).expanduser().absolute()
        if not folder.exists():
            raise DLCError(f"no such run: {folder}; expected a directory made by dlc score --out.")
        require_plain_files(folder)
        file = folder / "run.json"
        if not file.is_file():
            raise DLCError(f"{folder} is not a run: it has no run.json; make one with dlc score.")
        info = checked_record(file)
        run = cls(folder, info)
        if not unfinished and not run.scored:
            raise DLCError(
                f"{folder} is not finished and has no scores yet (status "
                f"{info.get('status')!r}); go on with dlc score --resume."
            )
        if not unfinished and "samples.parquet" in run.damage:
            raise DLCError(run.damage["samples.parquet"])
        return run

    @property
    def name(self) -> str:
        """The directory's name."""
        return self.path.name

    @property
    def done(self) -> bool:
        """Whether the scoring is finished."""
        return self.info.get("status") == "done"

    @property
    def masks_done(self) -> list[int]:
        """The masks that the scores rest on; all of them in a finished run, unless cut short."""
        masking = self.info["masking"]
        return list(masking.get("done", range(masking["masks"]) if self.done else ()))

    @property
    def scored(self) -> bool:
        """Whether there are scores: all, or those of the masks done so far."""
        return self.done or (bool(self.masks_done) and (self.path / "samples.parquet").is_file())

    @property
    def partial(self) -> str:
        """On how many masks the scores rest, in words; "" if on all."""
        done, masks = len(self.masks_done), self.info["masking"]["masks"]
        cut = self.done and self.info["masking"].get("last_step") is not None  # as it should be
        return (
            "" if done == masks or cut else f"the scores rest on {done} of {counted(masks, 'mask')}"
        )

    @property
    def files(self) -> dict[str, Any] | None:
        """Name -> [bytes, digest] of what scoring wrote; None of older and unfinished runs."""
        found = self.info.get("files")
        return found if isinstance(found, dict) and self.done else None

    @cached_property
    def damage(self) -> dict[str, str]:
        """File name -> one sentence on its damage, as far as that is known without a long look.

        Of a finished run small files are compared with their digests and the counts of all with
        each other, once for each object; `dlc_core.runs.verify` looks at everything.
        """
        found = {name: self._fault(name, whole=False) for name in digested(self.path)}
        return {
            **count_faults(self.path, self.info),
            **{name: fault for name, fault in found.items() if fault},
        }

    def require(self, *names: str, whole: bool = True) -> None:
        """Refuse to go on with damaged files.

        Args:
            names: of files in the run.
            whole: whether to hash them however large they are.

        Raises:
            DLCError: with the sentence on the first one.
        """
        for name in names:
            fault = self._fault(name, whole=whole)
            if fault:
                raise DLCError(fault)

    def _fault(self, name: str, *, whole: bool) -> str:
        return fault_of(self.path, name, self.files, whole=whole) if self.done else ""

    @property
    def warnings(self) -> list[str]:
        """What the scoring found that makes the scores doubtful, in words."""
        return [str(warning.get("text", "")) for warning in self.info.get("warnings", ())]

    @property
    def classes(self) -> list[str]:
        """Class names; class_id is a position in it."""
        return list(self.info["dataset"]["classes"])

    @cached_property
    def samples(self) -> pd.DataFrame:
        """(N rows) one per sample in ascending id, whatever the order in the file."""
        table = self._parquet("samples", SAMPLE_COLUMNS)
        if not table["class_id"].between(0, len(self.classes) - 1).all():
            raise DLCError(f"{self.path} is damaged: samples of a class that run.json lacks.")
        return table.sort_values("id", kind="stable", ignore_index=True)

    @cached_property
    def columns(self) -> pd.DataFrame:
        """(N rows) the columns that the data's own table had besides; none for plain folders."""
        if not (self.path / "columns.parquet").is_file():
            return pd.DataFrame(index=self.samples.index)
        table = self._parquet("columns", ["id"]).set_index("id")
        return table.reindex(self.samples["id"]).reset_index(drop=True)

    @cached_property
    def faults(self) -> pd.DataFrame:
        """Samples that could not be read: path, label, error."""
        return self._parquet("faults", FAULT_COLUMNS)

    @cached_property
    def projection(self) -> pd.DataFrame:
        """(N rows) id, x, y in ascending id."""
        table = self._parquet("projection", ["id", "x", "y"])
        return table.sort_values("id", kind="stable", ignore_index=True)

    def where(self, expression: str, *, by: str = "score") -> NDArray[np.int64]:
        """Return the ids of the samples that meet a filter expression, ascending; docs/filters.md.

        Args:
            expression: such as `issue = "label-error" and percentile > 90`.
            by: the score that score, ranks and percentile are of.

        Raises:
            DLCError: if it is no expression, or names what the run does not have.
        """
        found: NDArray[np.int64] = import_module(_WHERE).ids_where(self, expression, by=by)
        return found

    @property
    def losses(self) -> NDArray[np.float32]:
        """(T, N) loss of each sample under each mask, in increasing mask_ratio; memory-mapped."""
        return self._npy("losses")

    @property
    def predicted(self) -> NDArray[np.uint16]:
        """(T, N) class_id of the nearest centroid under each mask, 65,535 = not yet; mapped."""
        return self._npy("predicted")

    @property
    def features(self) -> NDArray[np.float16]:
        """(N, D) pooled features of the unmasked encoder; memory-mapped."""
        return self._npy("features")

    @property
    def capacity(self) -> NDArray[np.float64]:
        """(T,) share of the maskable weights that each mask leaves."""
        return 1.0 - np.array(self.info["masking"]["mask_ratio"], dtype=np.float64)

    def _parquet(self, name: str, columns: list[str]) -> pd.DataFrame:
        file = self.path / f"{name}.parquet"
        self.require(file.name)
        require_room(file)
        try:
            table = read_parquet(file)
        except (OSError, ValueError) as error:
            raise DLCError(f"cannot read {file}: the run is damaged; score again.") from error
        missing = [column for column in columns if column not in table.columns]
        if missing:
            raise DLCError(f"{file} lacks the column {missing[0]!r}: the run is damaged.")
        return table

    def _npy(self, name: str) -> NDArray[Any]:
        file = self.path / f"{name}.npy"
        self.require(file.name, whole=False)
        try:
            return read_npy(file)
        except (OSError, ValueError) as error:
            raise DLCError(f"cannot read {file}: the run is damaged; score again.") from error


def run_folders(folder: Path) -> list[Path]:
    """Return the run directories in a folder of runs, newest first, readable or not."""
    times = {}
    for file in folder.glob("*/run.json"):
        if not is_utf8(file.parent.name):
            continue  # no page could show it
        with contextlib.suppress(OSError):  # removed meanwhile
            times[file.parent] = file.stat().st_mtime_ns
    return sorted(times, key=times.__getitem__, reverse=True)
