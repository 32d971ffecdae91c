"""From a recipe's record back to the subset, and what differs from when it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.data_files import read_data
from dlc_core.data_roots import OutsideRoots
from dlc_core.errors import DLCError
from dlc_core.recipes.recipe import Recipe
from dlc_core.recipes.recipe_record import FORMAT, kept_digest, scores_digest
from dlc_core.recipes.subset import Subset, require_features, run_candidates, subset_of
from dlc_core.runs import Run
from dlc_core.scores import OWN, scores_of
from dlc_core.selection.candidates import Candidates, with_decisions
from dlc_core.versions import versions


@dataclass(frozen=True)
class Rebuilt:
    """What came of a record.

    Attributes:
        subset: what the recipe keeps of this run, with the decisions of the record.
        samples: the candidates that it was chosen from.
        relabelled: id -> label that was decided when the record was made.
        same: whether these are the very samples that the record was made of.
        differences: one sentence for each thing that is not as it was; may be some although the
            subset is the same.
    """

    subset: Subset
    samples: Candidates
    relabelled: dict[int, str]
    same: bool
    differences: tuple[str, ...]


def read_record(file: str | Path) -> dict[str, Any]:
    """Return the record in a file.

    Raises:
        DLCError: if it cannot be read, or is no recipe, or of a newer format.
    """
    path = Path(file).expanduser()
    try:
        value = json.loads(read_data(path))
    except FileNotFoundError as error:
        raise DLCError(f"no such file: {path}; expected a recipe made by dlc.") from error
    except OutsideRoots:
        raise
    except (OSError, ValueError) as error:
        raise DLCError(f"{path} is no recipe: it cannot be read as JSON.") from error
    return checked(value, str(path))


def checked(value: Any, name: str) -> dict[str, Any]:
    """Return a record if it has the parts of one.

    Raises:
        DLCError: if it has not, or is of a newer format.
    """
    parts = ("recipe", "dataset", "run", "decisions", "subset")
    if not isinstance(value, dict) or not all(isinstance(value.get(p), dict) for p in parts):
        raise DLCError(f"{name} is no recipe; expected a JSON object with {', '.join(parts)}.")
    if not isinstance(value.get("format"), int) or value["format"] > FORMAT:
        raise DLCError(f"{name} is of a newer format; update dlc to read it.")
    return value


def rebuild(
    run: Run, record: Mapping[str, Any], *, scores: NDArray[np.float64] | None = None
) -> Rebuilt:
    """Choose the record's subset anew, with the decisions that it was made with.

    Args:
        run: to choose from.
        record: from `recipe_record`.
        scores: (N,) those that it was made with; None = those that the recipe names.

    Raises:
        DLCError: if the record's recipe means nothing, or the run lacks what it needs.
    """
    recipe = Recipe.of(record["recipe"])
    require_features(run, recipe)
    if scores is None:
        scores = scores_of(run, recipe.score)
    plain = run_candidates(run, decisions=False, scores=scores)
    decisions = record["decisions"]
    pinned, lost = _rows(plain, decisions.get("pinned", ()))
    excluded, more = _rows(plain, decisions.get("excluded", ()))
    samples = with_decisions(plain, pinned=pinned & ~excluded, excluded=excluded)
    subset = subset_of(run, samples, recipe)
    same = kept_digest(samples, subset.positions) == record["subset"].get("digest")
    found = [*_differences(run, samples, record, recipe.score)]
    relabelled, others = _labels(run, samples, decisions.get("relabelled", {}))
    if missing := lost + more + others:
        found.append(f"{missing} pinned, excluded or relabelled samples are not in this run.")
    return Rebuilt(subset, samples, relabelled, same, tuple(found))


def _labels(run: Run, samples: Candidates, labels: Any) -> tuple[dict[int, str], int]:
    if not isinstance(labels, dict) or not all(isinstance(name, str) for name in labels.values()):
        raise DLCError("the recipe's relabels must be an object of paths and labels.")
    rows = {path: row for row, path in enumerate(samples.keys) if path in labels}
    ids = run.samples["id"].to_numpy()
    found = {int(ids[row]): labels[path] for path, row in rows.items()}
    return found, len(labels) - len(found)


def _rows(samples: Candidates, paths: Any) -> tuple[NDArray[np.bool_], int]:
    if not isinstance(paths, list | tuple) or not all(isinstance(path, str) for path in paths):
        raise DLCError("the recipe's decisions must be lists of paths.")
    wanted = set(paths)
    mask = np.fromiter((key in wanted for key in samples.keys), np.bool_, len(samples))
    return mask, len(wanted) - int(np.count_nonzero(mask))


def _differences(run: Run, samples: Candidates, record: Mapping[str, Any], score: str) -> list[str]:
    then, data = record["run"], record["dataset"]
    pairs = [
        ("the dataset's listing", data.get("fingerprint"), run.info["dataset"].get("fingerprint")),
        ("the number of samples", record["subset"].get("of"), len(samples)),
        ("the backbone", then.get("backbone"), run.info["backbone"]["name"]),
        ("the backbone's weights", then.get("weights"), run.info["backbone"].get("digest")),
        ("the score", then.get("score"), run.info.get("score", "dlc")),
        ("the profile", then.get("profile"), run.info.get("profile")),
        ("the number of masks", then.get("masks"), len(run.masks_done)),
    ]
    found = [f"{what} was {old}, is {new}." for what, old, new in pairs if old != new]
    if then.get("scores") != scores_digest(samples):
        name = "the scores" if score == OWN else f"the values of the score {score!r}"
        found.append(f"{name} are not the same.")
    given = record.get("versions")
    for what, new in versions().items():
        if isinstance(given, dict) and (old := given.get(what)) != new:
            found.append(f"the version of {what} was {old}, is {new}.")
    return found
