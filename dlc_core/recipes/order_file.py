"""The order in which a strategy takes the samples of each class, kept in a file.

Strategies that look at features take long, but they are nested: from one order every smaller budget
follows at once, however it is divided among the classes. The file says what it is of, so that an
order of other scores, features, pins or exclusions is never taken for this one.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlc_core.atomic_files import file_stamp, write_atomically
from dlc_core.errors import DLCError, refused
from dlc_core.plugins import plugin_version
from dlc_core.recipes.recipe import Recipe
from dlc_core.recipes.subset import prepared, require_features
from dlc_core.runs import Run
from dlc_core.selection.candidates import Candidates
from dlc_core.selection.choose import take_turns
from dlc_core.selection.strategies.registry import GROUP, STRATEGIES, strategies, strategy
from dlc_core.selection.strategies.within_class import first_turns
from dlc_core.versions import versions

# What reading an .npz may raise whose bytes were changed.
_DAMAGED = (
    OSError, ValueError, KeyError, EOFError, TypeError, MemoryError, NotImplementedError,
    RuntimeError, SyntaxError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
# The budget, and what is made of the choice afterwards: not the order.
_DIVIDES = ("keep_ratio", "balance", "minimum", "class_counts", "whole_groups")


@dataclass(frozen=True, eq=False)
class Order:
    """Turns and what they are of.

    Attributes:
        digest: from `order_digest`.
        turns: (N,) int32, each sample's turn in its class (or over all, with scope "global"), from
            0; -1 where it was not reached.
    """

    digest: str
    turns: NDArray[np.int32]


def order_of(run: Run, samples: Candidates, recipe: Recipe) -> Order:
    """Compute the order, at least as far as the recipe's budget; this is what takes long.

    Raises:
        DLCError: if the strategy looks at no features, which is quick, or the run lacks what the
            recipe needs.
    """
    chosen = strategy(recipe.strategy)
    if not chosen.features:
        ordered = ", ".join(name for name, item in strategies().items() if item.features)
        raise DLCError(f"{recipe.strategy} has no order to save; expected one of {ordered}.")
    require_features(run, recipe)
    digest = order_digest(run, samples, recipe)
    arranged, _ = prepared(run, samples, recipe)
    turns = take_turns(
        arranged,
        chosen,
        keep_ratio=recipe.keep_ratio,
        seed=recipe.seed,
        parameters=recipe.parameters,
    )
    return Order(digest, turns)


def order_digest(run: Run, samples: Candidates, recipe: Recipe) -> str:
    """Return a digest of all that an order depends on.

    That is the recipe without its budget, the candidates (names, classes, scores, pins,
    exclusions), the features, the copies if they go first, and the versions of what chooses.
    """
    values = {key: value for key, value in recipe.as_dict().items() if key not in _DIVIDES}
    files = ["features.npy", *(["kinds.parquet"] if recipe.without_copies else [])]
    stamps = [file_stamp(run.path / name) for name in files]
    known = versions()
    if recipe.strategy not in STRATEGIES:
        known["strategy"] = plugin_version(GROUP, recipe.strategy)
    text = json.dumps([values, _samples_digest(samples), stamps, known], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def reaches(run: Run, samples: Candidates, recipe: Recipe, order: Order) -> bool:
    """Whether an order goes as far as the recipe's budget.

    Raises:
        DLCError: if the run lacks what the recipe needs.
    """
    arranged, _ = prepared(run, samples, recipe)
    return first_turns(arranged, order.turns, keep_ratio=recipe.keep_ratio) is not None


@lru_cache(maxsize=4)  # by identity: a page asks again at every step of a slider
def _samples_digest(samples: Candidates) -> str:
    digest = hashlib.blake2b("\0".join(samples.keys).encode("utf-8", "surrogateescape"))
    for values in (samples.scores, samples.classes, samples.rows, samples.pinned, samples.excluded):
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def write_order(file: Path, order: Order) -> None:
    """Write an order as .npz, atomically.

    Raises:
        DLCError: if it cannot be written.
    """
    try:
        write_atomically(
            file, lambda target: np.savez(target, digest=order.digest, turns=order.turns)
        )
    except OSError as error:
        raise DLCError(refused(file, error)) from error


def read_order(file: Path) -> Order | None:
    """Return the order in a file; None if there is none, or it is damaged."""
    stamp = file_stamp(file)
    return _read(file, stamp) if stamp != (0, 0) else None


@lru_cache(maxsize=3)
def _read(file: Path, stamp: tuple[int, int]) -> Order | None:  # noqa: ARG001 - newer, read anew
    try:
        with file.open("rb") as source, np.load(source, allow_pickle=False) as found:
            turns = np.asarray(found["turns"])
            digest = str(found["digest"])
    except _DAMAGED:
        return None
    return Order(digest, turns) if turns.ndim == 1 and turns.dtype == np.int32 else None
