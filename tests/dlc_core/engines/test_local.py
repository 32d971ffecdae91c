"""What goes to an engine and comes back are plain values: pickled on the way, the bits stay."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dlc_core.backbones import load_backbone
from dlc_core.datasets import load_dataset
from dlc_core.engines.local import LocalEngine
from dlc_core.engines.registry import ENGINES
from dlc_core.runs import Run
from dlc_core.scoring import ScoreSettings
from dlc_core.scoring.coordinator import coordinate
from dlc_core.scoring.units import Engine, FirstPart, FirstUnit, MaskPart, MaskUnit, Units
from tests.dlc_core.scoring.test_score import same_results


def sent(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


class Elsewhere:
    """Units that run elsewhere: only what can be pickled gets there and back."""

    def __init__(self, units: Units) -> None:
        self._units = units

    def first(self, unit: FirstUnit) -> Iterator[FirstPart]:
        yield from (sent(part) for part in self._units.first(sent(unit)))

    def masks(self, unit: MaskUnit) -> Iterator[MaskPart]:
        yield from (sent(part) for part in self._units.masks(sent(unit)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._units, name)


class Away(LocalEngine):
    """An engine whose units run elsewhere."""

    def open(self, *args: Any, **options: Any) -> Any:
        return Elsewhere(super().open(*args, **options))

    def as_record(self) -> dict[str, Any]:
        return {"name": "away", "workers": 1, "machines": 1}


@pytest.mark.parametrize(("score", "budget"), [("dlc", None), ("dlc", 0), ("dlc-calibrated", None)])
def test_pickled_on_the_way_the_bits_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, score: str, budget: int | None
) -> None:
    monkeypatch.setattr("dlc_core.scoring.prepared_rows.BLOCK_BYTES", 40 * 3 * 32**2)
    monkeypatch.setattr("dlc_core.backbones.preprocess._PIXELS_A_BATCH", {"cpu": 16 * 32**2})

    def scored(engine: Engine, name: str) -> Run:
        settings = ScoreSettings(masks=4, interval=0.2, score=score)
        data, backbone = load_dataset("digits").limited(90), load_backbone("demo")
        return coordinate(
            data, backbone, out=tmp_path / name, engine=engine, settings=settings,
            pixel_budget=budget,
        )  # fmt: skip

    here, there = scored(ENGINES["local"].engine, "here"), scored(Away(), "there")
    same_results(here, there)
    assert here.info["engine"] == {"name": "local", "workers": 1, "machines": 1}
    assert there.info["engine"]["name"] == "away"
    assert here.info["shard_rows"] == (32 if budget == 0 else 90)
