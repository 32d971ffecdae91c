"""Which of a run's records hold for it as it is now, and which for what it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.escaping import visible_name
from dashboard.server_settings import runs_folder
from dashboard.view import BY_STAMP
from dlc_core.analysis.run_view import View
from dlc_core.atomic_files import read_json
from dlc_core.decisions import read_log
from dlc_core.errors import DLCError
from dlc_core.evidence import Room, folder_of, material_of, records, room_of, settings_of
from dlc_core.evidence.material import Material
from dlc_core.evidence.material_from_run import FORMAT, SHARE
from dlc_core.evidence.store import SETTINGS_FILE
from dlc_core.runs import Run
from dlc_core.runs.group_column import group_column_of

_PROBE: Mapping[str, Any] = {"name": "probe"}
_MOST = 12  # records that are looked at, the newest first


@dataclass(frozen=True)
class HeldOut:
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
        whole = f", each {visible_name(self.groups)} whole on one side" if self.groups else ""
        return f"{100 * self.share:g} % of each class{whole}"


def settings_for(view: View, held: HeldOut, method: Mapping[str, Any] = _PROBE) -> dict[str, Any]:
    """Return what tells evidence on the run as it is now from any other.

    Raises:
        DLCError: if nothing can be measured on it, or the runs do not fit each other.
    """
    stands = _stands(view, held)
    return {**_settings(*stands, held.run, held.share, held.groups), "method": dict(method)}


def room_for(view: View, held: HeldOut, seeds: int) -> Room:
    """Return how many samples the splits leave of the run as it is now.

    Raises:
        DLCError: as `settings_for`.
    """
    return _room(*_stands(view, held), held.run, held.share, held.groups, seeds)


def _stands(view: View, held: HeldOut) -> tuple[View, tuple[int, ...], int]:
    """Return what tells a run and a held-out one from what they were or will be."""
    path = runs_folder() / held.run / "samples.parquet"
    if held.run and not path.is_file():
        raise DLCError(f"there is no run named {held.run!r} here; choose another held-out part.")
    stamp = path.stat().st_mtime_ns if held.run else 0
    return view.base or view, read_log(view.run.path).version, stamp


@st.cache_data(max_entries=16, show_spinner="Looking at what is measured …", hash_funcs=BY_STAMP)
def _settings(
    view: View,
    version: tuple[int, ...],  # noqa: ARG001 - part of the key
    stamp: int,  # noqa: ARG001
    held: str,
    share: float,
    groups: str,
) -> dict[str, Any]:
    material, other = _material(view, held, share, groups)
    return settings_of(view.run, material, held=other, method={})


@st.cache_data(max_entries=16, show_spinner="Looking at what is measured …", hash_funcs=BY_STAMP)
def _room(
    view: View,
    version: tuple[int, ...],  # noqa: ARG001 - part of the key
    stamp: int,  # noqa: ARG001
    held: str,
    share: float,
    groups: str,
    seeds: int,
) -> Room:
    return room_of(_material(view, held, share, groups)[0], seeds)


def _material(view: View, held: str, share: float, groups: str) -> tuple[Material, Run | None]:
    other = Run.open(runs_folder() / held) if held else None
    column = groups if other is None else None
    return material_of(view.run, held=other, share=share, group_column=column), other


def wanted_folder(view: View, held: HeldOut) -> Path:
    """Return where the probe's record of the run as it is now is, or will be.

    Raises:
        DLCError: if nothing can be measured on it.
    """
    return folder_of(view.run.path, settings_for(view, held))


def held_out_of(settings: Mapping[str, Any]) -> HeldOut:
    """Return what a record was judged on."""
    name, share = settings.get("held_out"), settings.get("share")
    share = float(share) if isinstance(share, (int, float)) else SHARE
    return HeldOut(str(name or ""), share, str(settings.get("group_column") or ""))


def usual(view: View) -> HeldOut:
    """Return what evidence on a run is judged on unless somebody says otherwise."""
    return HeldOut(groups=group_column_of(view.run) or "")


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
