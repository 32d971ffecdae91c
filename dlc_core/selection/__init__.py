"""Selection: scores in, the ids to keep out."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from dlc_core.selection.candidates import Candidates, candidates, with_decisions
from dlc_core.selection.choose import choose
from dlc_core.selection.parameters import Parameter
from dlc_core.selection.strategies.flexrand import flexrand
from dlc_core.selection.strategies.registry import STRATEGIES, strategies, strategy
from dlc_core.selection.strategies.strategy import Pool, Strategy

__all__ = [
    "STRATEGIES",
    "Candidates",
    "Parameter",
    "Pool",
    "Strategy",
    "candidates",
    "choose",
    "flexrand",
    "strategies",
    "strategy",
    "with_decisions",
]

# Where these were before a run's part of selection had a place of its own: for one release.
_MOVED = ("Recipe", "Subset", "run_candidates", "select", "subset_of")


def __getattr__(name: str) -> Any:
    if name not in _MOVED:
        raise AttributeError(f"module 'dlc_core.selection' has no attribute {name!r}")
    return getattr(import_module("dlc_core.recipes"), name)
