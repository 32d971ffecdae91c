"""Material that is made up, with known truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlc_core.evidence.material import Material
from dlc_core.ranking import key_places
from dlc_core.selection.draw import Keys
from tests.made_up_cells import made_up

__all__ = ["MakeMaterial", "made_up", "make_material"]
MakeMaterial = Callable[..., Material]


@pytest.fixture
def make_material() -> MakeMaterial:
    """Return a function that makes Gaussian classes, some labels wrong, and scores for them."""

    def make(
        n: int = 400, *, classes: int = 4, wrong: float = 0.0, score: str = "random", seed: int = 0,
        judged: int = 0, **more: Any,
    ) -> Material:  # fmt: skip
        rng = np.random.default_rng(seed)
        truth = rng.permutation(np.arange(n + judged) % classes)
        centres = 0.7 * rng.normal(size=(classes, 12))
        x = (rng.normal(size=(n + judged, 12)) + centres[truth]).astype(np.float32)
        flipped = rng.random(n + judged) < wrong
        flipped[n:] = False  # what is judged on is clean
        given = np.where(flipped, (truth + 1) % classes, truth)
        scores = rng.random(n)
        if score == "knows":
            scores = scores + flipped[:n]
        elif score == "against":
            scores = scores - flipped[:n]
        names = tuple(f"p{i}" for i in range(n))
        nothing = np.zeros(n, dtype=np.bool_)
        held = (x[n:], truth[n:]) if judged else None
        return Material(
            x[:n], given[:n], given[:n], classes, Keys(names, key_places(names)),
            {"score": scores}, nothing, nothing, held=held, **more,
        )  # fmt: skip

    return make
