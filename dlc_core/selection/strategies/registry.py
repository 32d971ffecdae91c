"""The registry of strategies, one file each; packages may add their own."""

from __future__ import annotations

from dlc_core.errors import DLCError
from dlc_core.plugins import load_plugin, plugin_names, with_plugins
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


def strategy(name: str) -> Strategy:
    """Return a strategy by name.

    Raises:
        DLCError: if there is none of this name, or it is a broken plug-in.
    """
    if name in STRATEGIES:
        return STRATEGIES[name]
    if name not in plugin_names(GROUP):
        raise DLCError(f"unknown strategy {name!r}; expected one of {', '.join(strategies())}.")
    return load_plugin(GROUP, name, Strategy)


def strategies() -> dict[str, Strategy]:
    """Return all strategies by name; a plug-in that cannot be loaded is passed over."""
    return with_plugins(GROUP, STRATEGIES, Strategy)
