"""Choosing: candidates and a strategy in, the positions to keep out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.errors import DLCError, reason_of
from dlc_core.selection.candidates import Candidates
from dlc_core.selection.strategies.strategy import Strategy
from dlc_core.selection.strategies.within_class import first_turns, turns_of


def choose(
    samples: Candidates,
    strategy: Strategy,
    *,
    keep_ratio: float,
    seed: int = 0,
    parameters: Mapping[str, object] | None = None,
    turns: NDArray[Any] | None = None,
) -> NDArray[np.int64]:
    """Return the sorted positions of the pins and the first of each class, exactly its total.

    Args:
        samples: what to choose from.
        strategy: how.
        keep_ratio: share kept, in (0, 1].
        seed: of the draw.
        parameters: name -> value, of the strategy's parameters; those not named have their default.
        turns: (N,) from `take_turns` for the same samples, strategy, seed and parameters, if they
            are known; they need not reach as far.

    Raises:
        DLCError: if a value is out of its range, or the samples lack what the strategy needs.
    """
    kept = None if turns is None else first_turns(samples, turns, keep_ratio=keep_ratio)
    if kept is None:
        taken = take_turns(
            samples, strategy, keep_ratio=keep_ratio, seed=seed, parameters=parameters
        )
        kept = first_turns(samples, taken, keep_ratio=keep_ratio)
    if kept is None:
        raise DLCError(f"{strategy.title} gave an order that ends before the budget does.")
    return kept


def take_turns(
    samples: Candidates,
    strategy: Strategy,
    *,
    keep_ratio: float,
    seed: int = 0,
    parameters: Mapping[str, object] | None = None,
) -> NDArray[np.int32]:
    """Return each sample's turn in its class, (N,), from 0; -1 where it is excluded or not reached.

    They reach at least as far as keep_ratio asks, and to the end unless the strategy is greedy.

    Args:
        samples: what to choose from.
        strategy: how.
        keep_ratio: share kept, in (0, 1].
        seed: of the draw.
        parameters: name -> value, of the strategy's parameters; those not named have their default.

    Raises:
        DLCError: if a value is out of its range, or the samples lack what the strategy needs.
    """
    values = strategy.values(parameters)
    totals = samples.totals(keep_ratio)
    if strategy.greedy:
        seeded = {"seed": seed} if strategy.random else {}
        return _given(
            strategy, samples, _ordered(strategy, samples, totals=totals, **seeded, **values)
        )
    return _whole(samples, strategy, seed if strategy.random else 0, tuple(values.items()))


@lru_cache(maxsize=8)  # by identity: a slider of the pruning ratio does not change it
def _whole(
    samples: Candidates, strategy: Strategy, seed: int, values: tuple[tuple[str, float], ...]
) -> NDArray[np.int32]:
    seeded = {"seed": seed} if strategy.random else {}
    return _given(strategy, samples, _ordered(strategy, samples, **seeded, **dict(values)))


def _ordered(strategy: Strategy, samples: Candidates, **values: Any) -> Any:
    try:
        return strategy.order(samples, **values)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:  # of another package
        raise DLCError(
            f"{strategy.title} could not order the samples ({reason_of(error)}); choose another "
            "strategy."
        ) from error


def _given(strategy: Strategy, samples: Candidates, order: Any) -> NDArray[np.int32]:
    given = np.asarray(order)
    numbers = given.dtype.kind in "iuf" and given.shape == (len(samples),)
    if not numbers or not np.isfinite(given[~samples.excluded]).all():
        raise DLCError(
            f"{strategy.title} gave an order of {given.dtype} and shape {given.shape}; expected "
            f"({len(samples)},) finite numbers."
        )
    turns = (given if strategy.greedy else turns_of(samples, given)).astype(np.int32)
    turns.flags.writeable = False  # it may be remembered
    return turns
