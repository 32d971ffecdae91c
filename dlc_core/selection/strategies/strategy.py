"""What a strategy is: an order of the samples, and all that is said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from dlc_core.selection.parameters import Parameter, resolved

OUTLIERS = "It takes outliers and wrong labels first; look for them before."  # a warning of several


@dataclass(frozen=True)
class Pool:
    """A part of the data that is drawn from at random.

    Attributes:
        name: such as "easy".
        size: eligible samples in it, over all classes.
        quota: how many are drawn.
    """

    name: str
    size: int
    quota: int


@dataclass(frozen=True, eq=False)  # compared by identity, so that its orders can be remembered
class Strategy:
    """A way to choose a subset: of each class those that come first in an order.

    Attributes:
        title: what people call it.
        description: one honest sentence on what it does and when it helps; no full stop.
        order: order(samples, **parameters) -> (N,) finite numbers, not looked at where a sample is
            excluded. Of each class the samples with the smallest are kept, as many as its total;
            ties go by key, and pins before all. So a smaller keep_ratio keeps a part of what a
            larger one keeps. With `random` it is called with seed=..., too.
        explanation: a few sentences more: what its parameters do, what its paper reports.
        parameters: what it goes by besides; the first is the one that evidence's arms set without
            a name.
        needs: keys of `dlc_core.needs.NEEDS` without which it cannot choose.
        random: whether the seed matters.
        greedy: whether an order costs the more the farther it goes. It is then called with totals=
            (C,), how far it must go in each class, and returns turns from 0, pins first; -1 where
            it was not reached (see `within_class.taken`).
        warning: what to say next to it, or "".
        pools: pools(samples, keep_ratio=..., **parameters) -> the pools that it draws from, the
            easiest first, if it is that which explains it best.
    """

    title: str
    description: str
    order: Callable[..., NDArray[Any]]
    explanation: str = ""
    parameters: tuple[Parameter, ...] = ()
    needs: tuple[str, ...] = ()
    random: bool = False
    greedy: bool = False
    warning: str = ""
    pools: Callable[..., tuple[Pool, ...]] | None = None

    @property
    def features(self) -> bool:
        """Whether it looks at the features, so that scores alone do not do."""
        return "features" in self.needs

    def values(self, given: Mapping[str, object] | None = None) -> dict[str, float]:
        """Return a value for each parameter: the given one, else its default.

        Raises:
            DLCError: if there is no such parameter, or a value is out of its range.
        """
        return resolved(self.parameters, given or {}, owner=self.title)
