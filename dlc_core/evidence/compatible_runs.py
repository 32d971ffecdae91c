"""Which other runs can stand as held-out data: those scored alike, with the same classes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from dlc_core.analysis.run_view import View
from dlc_core.atomic_files import read_json
from dlc_core.runs import run_folders

_MOST = 60  # runs that are looked at, the newest first


def fitting_runs(view: View) -> list[str]:
    """Return the names of the runs that subsets of this one can be judged on, the newest first.

    They have its backbone and preprocessing, no class that it lacks, and are not of its very data.
    """
    own = _facts(view.run.info)
    found = []
    for folder in run_folders(view.run.path.parent)[:_MOST]:
        if folder.name == view.run.name:
            continue
        other = _of_file(str(folder / "run.json"), _time(folder / "run.json"))
        if other is not None and _fits(own, other):
            found.append(folder.name)
    return found


def _fits(own: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(
        own["backbone"] == other["backbone"]
        and other["classes"] <= own["classes"]
        and own["fingerprint"] != other["fingerprint"]
        and other["done"]
    )


@lru_cache(maxsize=4 * _MOST)
def _of_file(file: str, stamp: int) -> dict[str, Any] | None:  # noqa: ARG001
    info = read_json(Path(file))
    try:
        return None if info is None else _facts(info)
    except (KeyError, TypeError):
        return None


def _facts(info: dict[str, Any]) -> dict[str, Any]:
    backbone, dataset = info["backbone"], info["dataset"]
    return {
        "backbone": (backbone["digest"], backbone.get("preprocess")),
        "classes": set(map(str, dataset["classes"])),
        "fingerprint": dataset["fingerprint"],
        "done": info["status"] == "done",
    }


def _time(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
