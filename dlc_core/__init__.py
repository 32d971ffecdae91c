"""Training-free hardness of every sample of a dataset, and subsets chosen by it.

The method is that of *Exploring Learning Complexity for Efficient Downstream Dataset Pruning*
(arXiv 2402.05356, ICLR 2025). Importing this package is quick: names load what they need on use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dlc_core.versions import __version__

if TYPE_CHECKING:
    from dlc_core.backbones import Backbone, load_backbone
    from dlc_core.backbones.from_module import backbone_from
    from dlc_core.datasets import Dataset, load_dataset
    from dlc_core.datasets.from_python import dataset_from
    from dlc_core.errors import DLCError
    from dlc_core.pipeline import score
    from dlc_core.recipes import Subset, select
    from dlc_core.runs import Run
    from dlc_core.scoring import learning_complexity
    from dlc_core.selection.strategies.flexrand import flexrand

_HOMES = {
    "Backbone": "backbones",
    "backbone_from": "backbones.from_module",
    "dataset_from": "datasets.from_python",
    "load_backbone": "backbones",
    "Dataset": "datasets",
    "load_dataset": "datasets",
    "DLCError": "errors",
    "score": "pipeline",
    "Run": "runs",
    "learning_complexity": "scoring",
    "Subset": "recipes",
    "flexrand": "selection",
    "select": "recipes",
}

__all__ = [
    "Backbone",
    "DLCError",
    "Dataset",
    "Run",
    "Subset",
    "__version__",
    "backbone_from",
    "dataset_from",
    "flexrand",
    "learning_complexity",
    "load_backbone",
    "load_dataset",
    "score",
    "select",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dlc_core' has no attribute {name!r}")
    return getattr(import_module(f"dlc_core.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
