"""The registry of strategies, one file each; packages may add their own."""

from __future__ import annotations

import contextlib

from dlc_core.errors import DLCError
from dlc_core.plugins import load_plugin, plugin_names
from dlc_core.selection.strategies import (
    baselines,
    ccs,
    dbp,
    flexrand,
    herding,
    k_center,
    moderate,
    trimmed,
    zcore,
)
from dlc_core.selection.strategies.strategy import Strategy

GROUP = "dlc.strategies"  # entry points of other packages
DEFAULT = "flexrand"

STRATEGIES: dict[str, Strategy] = {
    DEFAULT: flexrand.STRATEGY,
    "random": baselines.RANDOM,
    "hardest": baselines.HARDEST,
    "easiest": baselines.EASIEST,
    "ccs": ccs.STRATEGY,
    "trimmed": trimmed.STRATEGY,
    "moderate": moderate.STRATEGY,
    "k-center": k_center.STRATEGY,
    "herding": herding.STRATEGY,
    "zcore": zcore.STRATEGY,
    "dbp": dbp.STRATEGY,
}


def strategy_names() -> list[str]:
    """Return the names of all strategies, those of other packages included."""
    return [*STRATEGIES, *(name for name in plugin_names(GROUP) if name not in STRATEGIES)]


def strategy(name: str) -> Strategy:
    """Return a strategy by name.

    Raises:
        DLCError: if there is none of this name, or it is a broken plug-in.
    """
    if name in STRATEGIES:
        return STRATEGIES[name]
    if name not in plugin_names(GROUP):
        raise DLCError(f"unknown strategy {name!r}; expected one of {', '.join(strategy_names())}.")
    return load_plugin(GROUP, name, Strategy)


def strategies() -> dict[str, Strategy]:
    """Return all strategies by name; a plug-in that cannot be loaded is passed over."""
    found = {}
    for name in strategy_names():
        with contextlib.suppress(DLCError):
            found[name] = strategy(name)
    return found
