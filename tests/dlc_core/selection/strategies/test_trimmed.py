"""Random among the easiest, against its words, sample by sample."""

from __future__ import annotations

from hashlib import blake2b
from math import floor

import numpy as np
import pytest

from dlc_core.errors import DLCError
from dlc_core.selection.candidates import Candidates
from tests.dlc_core.selection.conftest import MakePool, kept_by


def literal(samples: Candidates, keep: float, gamma: float, seed: int) -> list[int]:
    def drawn(i: int) -> bytes:
        return blake2b(f"{seed}\0{samples.keys[i]}".encode(), digest_size=8).digest()

    kept: list[int] = []
    for row, total in enumerate(samples.totals(keep).tolist()):
        rows = np.flatnonzero((samples.rows == row) & ~samples.excluded).tolist()
        rows.sort(key=lambda i: (samples.scores[i], samples.keys[i]))
        size = floor(gamma * len(rows) + 1e-9)
        order = sorted(rows[:size], key=drawn) + rows[size:]
        kept += sorted(order, key=lambda i: not samples.pinned[i])[:total]
    return sorted(kept)


@pytest.mark.parametrize("counts", [[1, 2], [9, 30], [80], [11, 10, 200]])
@pytest.mark.parametrize("keep", [0.05, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("gamma", [0.0, 0.25, 0.6, 1.0])
@pytest.mark.parametrize("decided", [(0.0, 0.0), (0.3, 0.3)])
def test_it_is_what_its_words_say(
    make_pool: MakePool,
    counts: list[int],
    keep: float,
    gamma: float,
    decided: tuple[float, float],
) -> None:
    samples = make_pool(counts, dims=1, seed=5, pins=decided[0], exclusions=decided[1])
    kept = kept_by("trimmed", samples, keep_ratio=keep, gamma=gamma, seed=2)
    assert kept.tolist() == literal(samples, keep, gamma, 2)


def test_a_share_beyond_all_is_refused(make_pool: MakePool) -> None:
    samples = make_pool([4], dims=1, seed=0)
    with pytest.raises(DLCError, match=r"gamma must be in \[0, 1\], got 1.5"):
        kept_by("trimmed", samples, keep_ratio=0.5, gamma=1.5, seed=0)
