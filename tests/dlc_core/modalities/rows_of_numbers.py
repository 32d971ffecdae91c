"""A third modality, for tests: rows of numbers in a text file, and a linear "model" of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.backbones import BACKBONES, Backbone, Loader
from dlc_core.datasets import READERS, Asked, Dataset, Reader, Sample
from dlc_core.modalities.base import Modality, Prepared, Row, Unreadable
from dlc_core.modalities.registry import MODALITIES

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Numbers:
    """The preprocessing: so many numbers a row."""

    width: int
    words: str = "rows of numbers"
    way_out: str = "choose another backbone"
    modality: str = "rows"

    @property
    def row(self) -> Row:
        return Row((self.width,), "float32")

    def batch_rows(self, device: str) -> int:  # noqa: ARG002
        return 8

    def example(self, count: int) -> NDArray[Any]:
        noise = np.random.default_rng(0).normal(size=(count, self.width))
        return noise.astype(np.float32)

    def model_input(self, values: torch.Tensor) -> torch.Tensor:
        return values

    def as_record(self) -> dict[str, Any]:
        return {"width": self.width}


def prepare(
    dataset: Dataset, preprocess: Numbers, sample: Sample, *, preview: bool
) -> Prepared | Unreadable:
    text: Any = dataset.read(sample)
    try:
        values = np.array(text.split(","), dtype=np.float32)
    except ValueError:
        return Unreadable(f"holds something else than numbers: {text}", (0, 0))
    assert values.shape == preprocess.row.shape
    return Prepared(values, text.encode() if preview else b"", (float(values.sum()),), (0, 0))


def load(text: str, asked: Asked) -> Dataset:
    lines = [line.split(",", 1) for line in Path(text).read_text().splitlines()]
    classes = tuple(sorted({label for label, _ in lines}))
    samples = tuple(
        Sample(number, f"row {number}", classes.index(label))
        for number, (label, _) in enumerate(lines)
    )
    read: Any = lambda sample: lines[sample.id][1]  # noqa: E731
    name = Path(text).name
    return Dataset("rows", name, "", None, classes, samples, (), read, modality="rows")


def linear(name: str, **_options: Any) -> Backbone:
    from torch import manual_seed, nn

    manual_seed(0)
    model = nn.Sequential(nn.Linear(int(name), 12), nn.ReLU(), nn.Linear(12, 6))
    return Backbone("linear", model.eval().requires_grad_(False), Numbers(int(name)), "random")


@pytest.fixture
def rows_of_numbers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file of 60 rows in three classes, one of them broken; its modality is registered."""
    columns = (("total", "<f8"),)
    kind = Modality("rows", "row", frozenset(), "rows of numbers", columns, prepare)
    monkeypatch.setitem(MODALITIES, "rows", kind)
    monkeypatch.setitem(READERS, "rows", Reader("rows of numbers", load))
    monkeypatch.setitem(BACKBONES, "linear", Loader("a linear model", linear))
    rng = np.random.default_rng(1)
    lines = [
        f"{'abc'[n % 3]}," + ",".join(f"{x:.3f}" for x in rng.normal(n % 3, 1.0, 4))
        for n in range(60)
    ]
    lines[7] = "b,1,2,x,4"
    (tmp_path / "table.rows").write_text("\n".join(lines) + "\n")
    return tmp_path / "table.rows"
