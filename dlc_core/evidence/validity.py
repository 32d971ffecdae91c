"""Which of a run's records hold for it as it is now, and which for what it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlc_core.analysis.run_view import View
from dlc_core.atomic_files import read_json
from dlc_core.decisions import read_log
from dlc_core.errors import DLCError
from dlc_core.evidence.available_samples import Room, room_of
from dlc_core.evidence.material import Material
from dlc_core.evidence.material_from_run import FORMAT, SHARE, material_of, settings_of
from dlc_core.evidence.store import SETTINGS_FILE, folder_of, records
from dlc_core.runs import Run
from dlc_core.runs.group_column import group_column_of

_PROBE: Mapping[str, Any] = {"name": "probe"}
_REMEMBERED = 8  # of settings and rooms
_MOST = 12  # records that are looked at, the newest first


@dataclass(frozen=True)
class JudgedOn:
    """What subsets are judged on.

    Attributes:
        run: name of a run in the same folder, or "" for a share of this one.
        share: of each class; without meaning if there is a run.
        groups: the column of the data whose samples of one value stay on one side; "" = none.
            Without meaning if there is a run.
    """

    run: str = ""
    share: float = SHARE
    groups: str = ""

    @property
    def words(self) -> str:
        """Return it for a person."""
        if self.run:
            return f"the run {self.run}"
        whole = f", each {self.groups} whole on one side" if self.groups else ""
        return f"{100 * self.share:g} % of each class{whole}"


def settings_for(view: View, held: JudgedOn, method: Mapping[str, Any] = _PROBE) -> dict[str, Any]:
    """Return what tells evidence on the run as it is now from any other.

    Raises:
        DLCError: if nothing can be measured on it, or the runs do not fit each other.
    """
    now, base = _stands(view, held), view.base or view

    def settings() -> dict[str, Any]:
        material, other = _material(base, held)
        return settings_of(base.run, material, held=other, method={})

    found = base.recent("evidence settings", now, settings, most=_REMEMBERED)
    return {**found, "method": dict(method)}


def room_for(view: View, held: JudgedOn, seeds: int) -> Room:
    """Return how many samples the splits leave of the run as it is now.

    Raises:
        DLCError: as `settings_for`.
    """
    now, base = _stands(view, held), view.base or view
    return base.recent(
        "evidence room",
        (now, seeds),
        lambda: room_of(_material(base, held)[0], seeds),
        most=_REMEMBERED,
    )


def _stands(view: View, held: JudgedOn) -> tuple[object, ...]:
    """Return what tells a run and a held-out one from what they were or will be."""
    path = _beside(view, held) / "samples.parquet"
    if held.run and not path.is_file():
        raise DLCError(f"there is no run named {held.run!r} here; choose another held-out part.")
    stamp = path.stat().st_mtime_ns if held.run else 0
    return read_log(view.run.path).version, held, stamp


def _beside(view: View, held: JudgedOn) -> Path:
    return view.run.path.parent / held.run


def _material(view: View, held: JudgedOn) -> tuple[Material, Run | None]:
    other = Run.open(_beside(view, held)) if held.run else None
    column = held.groups if other is None else None
    return material_of(view.run, held=other, share=held.share, group_column=column), other


def wanted_folder(view: View, held: JudgedOn) -> Path:
    """Return where the probe's record of the run as it is now is, or will be.

    Raises:
        DLCError: if nothing can be measured on it.
    """
    return folder_of(view.run.path, settings_for(view, held))


def held_out_of(settings: Mapping[str, Any]) -> JudgedOn:
    """Return what a record was judged on."""
    name, share = settings.get("held_out"), settings.get("share")
    share = float(share) if isinstance(share, (int, float)) else SHARE
    return JudgedOn(str(name or ""), share, str(settings.get("group_column") or ""))


def usual(view: View) -> JudgedOn:
    """Return what evidence on a run is judged on unless somebody says otherwise."""
    return JudgedOn(groups=group_column_of(view.run) or "")


def recorded(run: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Return the folders and settings of a run's records, the one last written to first."""
    found = []
    for folder in records(run)[:_MOST]:
        settings = read_json(folder / SETTINGS_FILE)
        if settings is not None:
            found.append((folder, settings))
    return found


def is_of_smaller_subsets(settings: Mapping[str, Any]) -> bool:
    """Whether an older version made a record, whose subsets are smaller than their names say."""
    return settings.get("format") != FORMAT


def holds(view: View, folder: Path, settings: Mapping[str, Any]) -> bool | None:
    """Return whether a record was made on the run as it is now; None if that cannot be told.

    It cannot where a file of groups, which is not in the run, or a run that is elsewhere was used.
    """
    if settings.get("grouped") and not settings.get("group_column"):
        return None
    method = settings.get("method")
    try:
        now = settings_for(view, held_out_of(settings), method if isinstance(method, dict) else {})
    except DLCError:
        return None
    return folder_of(view.run.path, now).name == folder.name
