"""The local engine: all units in this process, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlc_core.backbones import Backbone
from dlc_core.datasets import Dataset
from dlc_core.records.progress import Meter
from dlc_core.scoring.masked_backbone import MaskedBackbone
from dlc_core.scoring.units import Units
from dlc_core.scoring.worker import Worker


@dataclass(frozen=True)
class LocalEngine:
    """Runs units in this process, by the coordinator's own copy of the backbone."""

    def open(
        self,
        dataset: Dataset,
        backbone: Backbone,
        masked: MaskedBackbone,
        *,
        scratch: Path,
        meter: Meter,
    ) -> Units:
        """Return a worker in this process."""
        return Worker(dataset, backbone, masked, scratch=scratch, meter=meter)

    def as_record(self) -> dict[str, Any]:
        """Return it as run.json keeps it."""
        return {"name": "local", "workers": 1, "machines": 1}
