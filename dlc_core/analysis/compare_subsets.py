"""Two recipes of one run side by side: A, the present one, and B, a saved one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dlc_core.analysis.run_view import View
from dlc_core.recipes import Recipe, Subset

# In the order of the codes.
PARTS = ("in both", "only in A", "only in B", "in neither")
BOTH, ONLY_A, ONLY_B, NEITHER = range(4)


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two.

    Attributes:
        letter: "A" or "B".
        name: what people call it, plain text.
        recipe: its values.
        kept: its subset.
        mask: (N,) whether each sample is kept.
    """

    letter: str
    name: str
    recipe: Recipe
    kept: Subset
    mask: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class SubsetPair:
    """Both sides.

    Attributes:
        a: the present recipe.
        b: the one put beside it.
    """

    a: Side
    b: Side

    @cached_property
    def codes(self) -> NDArray[np.uint8]:
        """(N,) which of PARTS each sample is in."""
        found = np.full(len(self.a.mask), NEITHER, dtype=np.uint8)
        found[self.a.mask] = ONLY_A
        found[self.b.mask] = ONLY_B
        found[self.a.mask & self.b.mask] = BOTH
        return found

    @cached_property
    def counts(self) -> list[int]:
        """How many samples are in each of PARTS; excluded ones are in neither."""
        return [int(np.count_nonzero(self.codes == part)) for part in range(len(PARTS))]

    @property
    def by_chance(self) -> float:
        """How many samples two random subsets of these sizes would share, in the mean.

        |A| |B| / N, with N the samples that are not excluded.
        """
        eligible = self.a.kept.total - self.a.kept.excluded
        return len(self.a.kept) * len(self.b.kept) / max(1, eligible)


def pair_of(view: View, kept: Subset, name: str, other: Subset) -> SubsetPair:
    """Return the present subset as A and another one, of a saved recipe, as B."""
    return SubsetPair(
        Side("A", "this one", kept.recipe, kept, kept_mask(view, kept)),
        Side("B", name, other.recipe, other, kept_mask(view, other)),
    )


def kept_mask(view: View, kept: Subset) -> NDArray[np.bool_]:
    """Return (N,) whether each sample is kept."""
    mask = np.zeros(len(view.samples), dtype=np.bool_)
    mask[kept.positions] = True
    return mask
