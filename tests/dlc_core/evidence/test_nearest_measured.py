from __future__ import annotations

import numpy as np

from dlc_core.evidence import Finding, Record, findings
from dlc_core.evidence.nearest_measured import near, nearest, off, present
from dlc_core.selection import Recipe
from tests.made_up_cells import SAMPLES, SETTINGS, cells


def found() -> list[Finding]:
    held = {seed: np.arange(SAMPLES) for seed in range(6)}
    return findings(Record(SETTINGS, SAMPLES, held, {cell.key: cell for cell in cells()}))


def test_the_nearest_is_so_by_ratio() -> None:
    assert nearest(found(), 0.12) == 0.1
    assert nearest(found(), 0.2) == 0.3  # a half more, not a half less
    assert nearest([], 0.2) is None
    assert near(0.3, 0.2)
    assert not near(0.1, 0.2)
    assert off(0.3, 0.3) == ""
    assert off(0.3, 0.2) == ("The Prune page keeps 20 %; 30 % is the nearest that was measured.")


def test_how_the_present_choice_does() -> None:
    assert present(found(), Recipe("random"), 0.1) == "The Prune page has random."
    said = present(found(), Recipe("trimmed", gamma=0.7), 0.1)
    assert said.startswith("The Prune page's choice, Trimmed, easiest 70 %: +")
    assert said.endswith(", better.")
    assert "is not measured yet" in present(found(), Recipe("herding"), 0.1)
    assert "of a kind that is not measured" in present(found(), Recipe(scope="global"), 0.1)
