"""The registry of objectives: name of a score -> how it is computed. Packages may add their own."""

from __future__ import annotations

from dlc_core.errors import DLCError
from dlc_core.plugins import load_plugin, plugin_names, with_plugins
from dlc_core.scoring.objectives.base import ObjectiveKind
from dlc_core.scoring.objectives.calibrated_centroids import CalibratedCentroids
from dlc_core.scoring.objectives.nearest_centroid import NearestCentroid

GROUP = "dlc.objectives"  # entry points of other packages

OBJECTIVES: dict[str, ObjectiveKind] = {
    "dlc": ObjectiveKind(
        "Learning complexity (DLC)",
        "the paper's: centroids of the unmasked backbone",
        classes=2,
        begin=NearestCentroid.begin,
        again=NearestCentroid,
    ),
    "dlc-calibrated": ObjectiveKind(
        "Calibrated learning complexity",
        "centroids of each mask, distances without a scale, until the backbone collapses; "
        "comparable across classes (docs/calibrated-score.md)",
        classes=2,
        begin=CalibratedCentroids.begin,
        kept=True,
    ),
}


def objective_names() -> list[str]:
    """Return the names of all objectives, those of other packages included."""
    return [*OBJECTIVES, *(name for name in plugin_names(GROUP) if name not in OBJECTIVES)]


def objectives() -> dict[str, ObjectiveKind]:
    """Return all objectives by name; a plug-in that cannot be loaded is passed over."""
    return with_plugins(GROUP, OBJECTIVES, ObjectiveKind)


def objective(name: object) -> ObjectiveKind:
    """Return an objective by its name.

    Raises:
        DLCError: if there is none of that name, or it is a broken plug-in.
    """
    name = str(name)
    if name in OBJECTIVES:
        return OBJECTIVES[name]
    names = objective_names()
    if name not in names:
        raise DLCError(f"score must be one of {', '.join(names)}, got {name[:40]!r}.")
    return load_plugin(GROUP, name, ObjectiveKind)
