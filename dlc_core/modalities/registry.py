"""The registry of modalities: name -> what a kind of sample is. Packages may add their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlc_core.datasets.dataset import Dataset
from dlc_core.errors import DLCError
from dlc_core.modalities.base import Modality
from dlc_core.modalities.image import IMAGE
from dlc_core.modalities.instruction import INSTRUCTION
from dlc_core.plugins import load_plugin, plugin_names
from dlc_core.plurals import counted

GROUP = "dlc.modalities"  # entry points of other packages
MODALITIES: dict[str, Modality] = {one.name: one for one in (IMAGE, INSTRUCTION)}


def modality(name: str) -> Modality:
    """Return a modality by its name.

    Raises:
        DLCError: if there is none of that name, or it is a broken plug-in.
    """
    if name in MODALITIES:
        return MODALITIES[name]
    others = plugin_names(GROUP)
    if name not in others:
        known = ", ".join([*MODALITIES, *others])
        raise DLCError(
            f"the samples are of the modality {name[:40]!r}, which this installation does not "
            f"know ({known}); install the package that reads them, or update dlc-dashboard."
        )
    return load_plugin(GROUP, name, Modality)


def modality_of(info: Mapping[str, Any]) -> Modality:
    """Return the modality of a run's samples.

    Args:
        info: the run's info["dataset"]; runs that do not say it hold images.

    Raises:
        DLCError: as `modality`.
    """
    return modality(str(info.get("modality", IMAGE.name)))


def require_scored(dataset: Dataset) -> None:
    """Refuse samples of a kind that this version cannot score.

    Raises:
        DLCError: with what is missing; as `modality`.
    """
    kind = modality(dataset.modality)
    if kind.unscored:
        count = counted(len(dataset.samples), kind.unit)
        raise DLCError(f"{dataset.name} holds {count}; {kind.unscored}.")
