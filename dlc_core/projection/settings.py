"""What decides a map, beside the features."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dlc_core.errors import DLCError

METHODS = {
    "umap": "neighbours stay together; distances between clusters mean little",
    "pca": "the two directions of largest variance, at once",
}
MOST_NEIGHBOURS = 200  # memory grows with them; UMAP's own advice ends at 200


@dataclass(frozen=True)
class ProjectionSettings:
    """How to compute a map.

    Attributes:
        method: a key of METHODS.
        neighbours: whole number in [2, 200]; UMAP's n_neighbors, fewer where there are too few.
        min_distance: in [0, 1], in units of the map; UMAP's min_dist. 0.3 spreads more than UMAP's
            own 0.1: colours stay apart.
        seed: whole number in [0, 2^32); of the part that is fitted on and of the layout.
    """

    method: str = "umap"
    neighbours: int = 15
    min_distance: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise DLCError(f"method must be one of {', '.join(METHODS)}, got {self.method!r}.")
        if not (_whole(self.neighbours) and 2 <= self.neighbours <= MOST_NEIGHBOURS):
            raise DLCError(
                f"neighbours must be a whole number in [2, {MOST_NEIGHBOURS}], got "
                f"{self.neighbours!r}."
            )
        if not (math.isfinite(self.min_distance) and 0 <= self.min_distance <= 1):
            raise DLCError(f"min_distance must be in [0, 1], got {self.min_distance!r}.")
        if not (_whole(self.seed) and 0 <= self.seed < 2**32):
            raise DLCError(f"seed must be a whole number in [0, 2^32), got {self.seed!r}.")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
