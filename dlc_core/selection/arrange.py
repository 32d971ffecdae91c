"""What a recipe makes of the candidates before its strategy chooses among them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dlc_core.selection.candidates import Candidates, with_decisions
from dlc_core.selection.class_shares import Shares


@lru_cache(maxsize=4)  # by identity: a slider asks for the same again and again
def in_one_class(samples: Candidates) -> Candidates:
    """Return the same samples as one class, so that every strategy chooses over all of them."""
    together = replace(
        samples,
        classes=np.zeros(min(1, len(samples)), dtype=np.int64),
        rows=np.zeros(len(samples), dtype=np.int64),
    )
    return with_decisions(together, pinned=samples.pinned, excluded=samples.excluded)


def without_copies(
    samples: Candidates, groups: NDArray[np.int64]
) -> tuple[Candidates, NDArray[np.bool_]]:
    """Leave out all copies but one of each group.

    A pinned copy stays, and with it every other pinned one; else the first by key stays. Excluded
    samples are out already and do not count.

    Args:
        samples: the candidates.
        groups: (N,) samples with the same number >= 0 show the same; -1 = no copy.

    Returns:
        The candidates with the copies excluded, and (N,) which samples those are.
    """
    order = np.lexsort((samples.key_place, ~samples.pinned, samples.excluded, groups))
    ordered = groups[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    copies = np.zeros(len(order), dtype=np.bool_)
    copies[order] = ~first & (ordered >= 0)
    copies &= ~samples.pinned & ~samples.excluded
    left = with_decisions(samples, pinned=samples.pinned, excluded=samples.excluded | copies)
    return left, copies


@lru_cache(maxsize=4)
def with_shares(samples: Candidates, shares: Shares) -> Candidates:
    """Return the same samples with another division of the budget."""
    return samples if samples.shares == shares else replace(samples, shares=shares)
