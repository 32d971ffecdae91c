"""The map: two coordinates per sample from its features, stored in the run."""

from dlc_core.projection.layout import Layout, lay_out, project
from dlc_core.projection.map_of_run import map_record, project_run
from dlc_core.projection.settings import METHODS, ProjectionSettings

__all__ = [
    "METHODS",
    "Layout",
    "ProjectionSettings",
    "lay_out",
    "map_record",
    "project",
    "project_run",
]
