"""A subset of a run: the ids that a recipe keeps of it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.atomic_files import file_stamp
from dlc_core.decisions import read_log
from dlc_core.errors import DLCError
from dlc_core.issues import read_issues
from dlc_core.issues.stored import KINDS_FILE
from dlc_core.needs import require
from dlc_core.recipes.recipe import Recipe
from dlc_core.runs import Run
from dlc_core.runs.group_column import column_groups
from dlc_core.scores import OWN, scores_of
from dlc_core.selection.arrange import in_one_class, with_shares, without_copies
from dlc_core.selection.candidates import Candidates, candidates
from dlc_core.selection.choose import choose
from dlc_core.selection.class_shares import Shares
from dlc_core.selection.strategies import registry
from dlc_core.selection.whole_groups import Groups, groups_of, whole


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
        copies: samples left out because they are copies of others; neither are they counted.
    """

    ids: NDArray[np.int64]
    positions: NDArray[np.int64]
    recipe: Recipe
    total: int
    pinned: int = 0
    excluded: int = 0
    copies: int = 0

    def __len__(self) -> int:
        """Return the number of kept samples."""
        return len(self.ids)

    @property
    def dropped(self) -> int:
        """Samples that are neither kept nor excluded; copies that went first are among them."""
        return self.total - self.excluded - len(self)


def run_candidates(
    run: Run, *, decisions: bool = True, scores: NDArray[np.float64] | None = None
) -> Candidates:
    """Return all samples of a run, ordered for selection; keys are the paths.

    Args:
        run: a run with scores.
        decisions: whether to honour the pins and exclusions that stand in the run now.
        scores: (N,) others to choose by, higher = harder; None takes the run's own.
    """
    samples = run.samples
    decided = read_log(run.path).state(samples["id"].to_numpy()) if decisions else None
    return candidates(
        samples["score"].to_numpy() if scores is None else scores,
        samples["class_id"].to_numpy(),
        samples["path"].tolist(),
        pinned=None if decided is None else decided.pinned,
        excluded=None if decided is None else decided.excluded,
        load_features=lambda: run.features,
    )


def select(
    run: Run,
    *,
    strategy: str = registry.DEFAULT,
    keep_ratio: float = 0.3,
    gamma: float | None = None,
    seed: int = 0,
    score: str = OWN,
    decisions: bool = True,
    parameters: Mapping[str, float] | None = None,
    **more: Any,
) -> Subset:
    """Choose a subset of a run; pins in it are kept, exclusions are not.

    Args:
        run: a finished run.
        strategy: a name in `dlc_core.selection.STRATEGIES` or of a plug-in; some look at the run's
            features.
        keep_ratio: share kept, in (0, 1].
        gamma: FlexRand's split, in [0, 1]; short for parameters={"gamma": gamma}, and not looked at
            where the strategy has none.
        seed: of the draw.
        score: name of the score that orders the samples, one of `dlc_core.scores.score_names`; the
            default is the run's own.
        decisions: whether to honour the pins and exclusions that stand in the run now.
        parameters: name -> value, of the strategy's parameters; those left out have their default.
        more: further values of the Recipe: scope, balance, minimum, class_counts, without_copies,
            whole_groups.

    Returns:
        The subset: floor(keep_ratio N + 0.5) of the N samples that are not excluded, or all pins
        if they alone are more, and a little fewer with whole groups; the same for the same
        recipe, scores, pins and exclusions.

    Raises:
        DLCError: if a value is out of range, the strategy unknown, or the run lacks the score.
    """
    recipe = Recipe(
        strategy, keep_ratio, gamma, seed, score=score, parameters=parameters or {}, **more
    )
    require_features(run, recipe)
    samples = run_candidates(run, decisions=decisions, scores=scores_of(run, score))
    return subset_of(run, samples, recipe)


def require_features(run: Run, recipe: Recipe) -> None:
    """Refuse a recipe whose strategy needs what the run lacks.

    If it looks at features, they are compared with their digest, however large.

    Raises:
        DLCError: if the run lacks it, or the features are damaged.
    """
    chosen = registry.strategy(recipe.strategy)
    require(run, f"the strategy {recipe.strategy!r}", chosen.needs, instead="choose another one")
    if chosen.features:
        run.require("features.npy")


def subset_of(
    run: Run, samples: Candidates, recipe: Recipe, *, turns: NDArray[Any] | None = None
) -> Subset:
    """Apply a recipe to a run whose candidates are already ordered (a slider's quick path).

    Args:
        run: the run.
        samples: its candidates, ordered by the recipe's score.
        recipe: how to choose.
        turns: (N,) of this strategy for these candidates, if they are known (order_file.py)
            and reach as far as the recipe; else the strategy chooses anew.

    Raises:
        DLCError: if it wants copies to go first and the run does not know them, names a class or a
            column of groups that the run does not have, or no whole group fits.
    """
    arranged, copies = prepared(run, samples, recipe)
    positions = choose(
        arranged,
        registry.strategy(recipe.strategy),
        keep_ratio=recipe.keep_ratio,
        seed=recipe.seed,
        parameters=recipe.parameters,
        turns=turns,
    )
    if recipe.whole_groups:
        stamp = file_stamp(run.path / "columns.parquet")
        groups = _groups_in(run.path, recipe.whole_groups, stamp)
        positions = whole(arranged, positions, groups, seed=recipe.seed)
    ids = run.samples["id"].to_numpy()[positions]
    return Subset(
        ids,
        positions,
        recipe,
        total=len(samples),
        pinned=int(samples.pins.sum()),
        excluded=len(samples) - samples.eligible,
        copies=copies,
    )


def prepared(run: Run, samples: Candidates, recipe: Recipe) -> tuple[Candidates, int]:
    """Return what the recipe's strategy chooses among, and how many copies were left out of it."""
    copies = 0
    if recipe.without_copies:
        samples, copies = _uncopied(run.path, samples)
    if recipe.scope == "global":
        return in_one_class(samples), copies
    places = {name: class_id for class_id, name in enumerate(run.classes)}
    unknown = [name for name in recipe.class_counts if name not in places]
    if unknown:
        raise DLCError(f"the recipe counts class {unknown[0]!r}, which {run.path} does not have.")
    own = tuple((places[name], count) for name, count in recipe.class_counts.items())
    return with_shares(samples, Shares(recipe.balance, recipe.minimum, own)), copies


@lru_cache(maxsize=2)  # by identity: a slider asks for the same again and again
def _uncopied(path: Path, samples: Candidates) -> tuple[Candidates, int]:
    run = Run.open(path)
    run.require(KINDS_FILE)
    kinds = read_issues(run)
    if kinds is None:
        raise DLCError(f"copies in {path} are not known yet; find them with dlc kinds.")
    left, copies = without_copies(samples, kinds["duplicate_group"].to_numpy().astype(np.int64))
    return left, int(np.count_nonzero(copies))


@lru_cache(maxsize=4)  # a slider asks for the same again and again
def _groups_in(path: Path, column: str, stamp: Hashable) -> Groups:  # noqa: ARG001
    return groups_of(column_groups(Run.open(path), column))
