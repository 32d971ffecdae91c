"""The map in the run: computed with progress, replaced only when done."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from dlc_core.atomic_files import TEMPORARY, read_json, write_parquet, write_record
from dlc_core.errors import DLCError
from dlc_core.projection.layout import Layout, lay_out
from dlc_core.projection.settings import ProjectionSettings
from dlc_core.projection.stages import PHASE, Stages
from dlc_core.records.progress import Report, Step, save_step, silent
from dlc_core.runs import Run
from dlc_core.runs.damage import fault_of
from dlc_core.runs.lock import writing
from dlc_core.runs.reduced_features import reduced_features, stored_components

_MAP, _COMPONENTS, _RECORD = "projection.parquet", "pca.npy", "run.json"
_KEY = "projection"  # of run.json, and of the table's attrs


def project_run(
    run: Run,
    *,
    settings: ProjectionSettings | None = None,
    report: Report = silent,
    again: bool = False,
) -> Run:
    """Compute the map of a finished run and store it there, unless it is there already.

    First come the principal components, whose first two columns serve as a map until the layout is
    done. The table carries what made it; run.json says the same, a moment later.

    Args:
        run: a finished run.
        settings: method, neighbours, min_distance, seed; None takes the defaults.
        report: told of every step.
        again: compute it anew, even if there is one; that one stays until the new one is done.

    Returns:
        The run, with the map on its record.

    Raises:
        DLCError: if the run is not finished, is damaged, or is being written by another process.
    """
    if not run.done:
        raise DLCError(
            f"{run.path} is not finished, so its map would be of no use; go on with dlc score "
            "--resume."
        )
    if not again and _complete(run):
        return run

    def tell(step: Step) -> None:
        save_step(run.path, step)
        report(step)

    with writing(run.path):
        _remove_leftovers(run.path)
        if stored_components(run) is None:
            Stages(tell).begin("principal components")
        reduced = reduced_features(run)
        if again or map_record(run) is None:
            settings = settings or ProjectionSettings()
            layout = lay_out(
                reduced, run.samples["class_id"].to_numpy(), settings=settings, report=tell
            )
            _write(run, layout, settings)
        record = map_record(run)
        if record:
            _note(run.path, record)
        tell(Step(PHASE, 1, 1, unit="map"))
    return Run.open(run.path)


def map_record(run: Run) -> dict[str, Any] | None:
    """Return what the stored map says of itself, or None if it is missing or damaged.

    It is what run.json has under "projection", but cannot be another map's: the table itself
    carries it. A map made by an earlier version says nothing, {}.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if fault_of(run.path, _MAP, None):
        return None
    try:
        metadata = pq.read_schema(run.path / _MAP).metadata or {}
        attrs = json.loads(metadata.get(b"PANDAS_ATTRS", b"{}"))
    except (OSError, ValueError, pa.ArrowException):
        return None
    record = attrs.get(_KEY, {})
    return record if isinstance(record, dict) else {}


def _complete(run: Run) -> bool:
    if stored_components(run) is None:
        return False
    record = map_record(run)
    if record is None:
        return False
    # A writer that was killed between the two files left the old map's record in run.json.
    return not record or (read_json(run.path / _RECORD) or {}).get(_KEY) == record


def _write(run: Run, layout: Layout, settings: ProjectionSettings) -> None:
    ids, (x, y) = run.samples["id"].to_numpy(), layout.coordinates.T
    table = pd.DataFrame({"id": ids, "x": x, "y": y})
    table.attrs[_KEY] = {
        **asdict(settings),
        "method": layout.method,
        "engine": layout.engine,
        "fitted": layout.fitted,
    }
    write_parquet(run.path / _MAP, table, summed=True)


def _note(folder: Path, record: dict[str, Any]) -> None:
    # Read now, with the lock held: other steps have written their own keys meanwhile.
    info = read_json(folder / _RECORD)
    if info is None:
        raise DLCError(f"{folder / _RECORD} is damaged or gone; score again.")
    if info.get(_KEY) != record:
        write_record(folder, {**info, _KEY: record})


def _remove_leftovers(folder: Path) -> None:
    # Only this writer's own: someone who decides on samples meanwhile needs no lock.
    for name in (_MAP, _COMPONENTS, _RECORD):
        for file in folder.glob(f".{name}.*{TEMPORARY}"):
            file.unlink(missing_ok=True)
