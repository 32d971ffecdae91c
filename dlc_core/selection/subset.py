"""A subset of a run: the kept ids and the recipe that rebuilds them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.decisions import read_log
from dlc_core.runs import Run
from dlc_core.selection.pool import Candidates, candidates, check_keep_ratio
from dlc_core.selection.strategies import strategy


@dataclass(frozen=True)
class Recipe:
    """The few values that rebuild a subset from a run.

    Attributes:
        strategy: name in STRATEGIES.
        keep_ratio: share kept, in (0, 1].
        gamma: FlexRand's split, in [0, 1].
        seed: of the draw.

    Raises:
        DLCError: if keep_ratio is out of range or the strategy unknown.
    """

    strategy: str = "flexrand"
    keep_ratio: float = 0.3
    gamma: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        check_keep_ratio(self.keep_ratio)
        strategy(self.strategy)

    def as_dict(self) -> dict[str, Any]:
        """Return the values that matter for this strategy."""
        chosen = strategy(self.strategy)
        values = asdict(self)
        if not chosen.split:
            del values["gamma"]
        if not chosen.random:
            del values["seed"]
        return values


@dataclass(frozen=True)
class Subset:
    """What a recipe keeps of a run.

    Attributes:
        ids: (K,) kept sample ids, ascending.
        positions: (K,) their rows in run.samples.
        recipe: how they were chosen.
        total: samples of the run, excluded ones too.
        pinned: kept samples that a person pinned.
        excluded: samples that a person excluded; keep_ratio is a share of the others.
    """

    ids: NDArray[np.int64]
    positions: NDArray[np.int64]
    recipe: Recipe
    total: int
    pinned: int = 0
    excluded: int = 0

    def __len__(self) -> int:
        """Return the number of kept samples."""
        return len(self.ids)

    @property
    def dropped(self) -> int:
        """Samples that are neither kept nor excluded."""
        return self.total - self.excluded - len(self)


def run_candidates(run: Run, *, decisions: bool = True) -> Candidates:
    """Return all samples of a run, ordered for selection; keys are the paths.

    Args:
        run: a run with scores.
        decisions: whether to honour the pins and exclusions that stand in the run now.
    """
    samples = run.samples
    decided = read_log(run.path).state(samples["id"].to_numpy()) if decisions else None
    return candidates(
        samples["score"].to_numpy(),
        samples["class_id"].to_numpy(),
        samples["path"].tolist(),
        pinned=None if decided is None else decided.pinned,
        excluded=None if decided is None else decided.excluded,
        load_features=lambda: run.features,
    )


def select(
    run: Run,
    *,
    strategy: str = "flexrand",
    keep_ratio: float = 0.3,
    gamma: float = 0.5,
    seed: int = 0,
    decisions: bool = True,
) -> Subset:
    """Choose a subset of a run; pins in it are kept, exclusions are not.

    Args:
        run: a finished run.
        strategy: a name in STRATEGIES; some look at the run's features.
        keep_ratio: share kept, in (0, 1].
        gamma: FlexRand's split, in [0, 1].
        seed: of the draw.
        decisions: whether to honour the pins and exclusions that stand in the run now.

    Returns:
        The subset: floor(keep_ratio N + 0.5) of the N samples that are not excluded, or all pins
        if they alone are more; the same for the same recipe, scores, pins and exclusions.

    Raises:
        DLCError: if a value is out of range or the strategy unknown.
    """
    recipe = Recipe(strategy, keep_ratio, gamma, seed)
    return subset_of(run, run_candidates(run, decisions=decisions), recipe)


def subset_of(run: Run, samples: Candidates, recipe: Recipe) -> Subset:
    """Apply a recipe to a run whose candidates are already ordered (a slider's quick path)."""
    positions = strategy(recipe.strategy).choose(
        samples, keep_ratio=recipe.keep_ratio, gamma=recipe.gamma, seed=recipe.seed
    )
    ids = run.samples["id"].to_numpy()[positions]
    return Subset(
        ids,
        positions,
        recipe,
        total=len(samples),
        pinned=int(samples.pins.sum()),
        excluded=len(samples) - samples.eligible,
    )
