"""The material of a run: its features, scores, labels as decided, and what is held out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.decisions import read_log
from dlc_core.errors import DLCError
from dlc_core.evidence.choose_arm import CAUTION, ROUNDS
from dlc_core.evidence.choose_arm import SHARE as SHARE_INSIDE
from dlc_core.evidence.material import Material
from dlc_core.evidence.methods import require_method
from dlc_core.features.linear_probe import COMPONENTS
from dlc_core.plurals import counted
from dlc_core.ranking import key_places
from dlc_core.runs import Run
from dlc_core.runs.group_column import column_groups, group_column_of
from dlc_core.scores import OWN
from dlc_core.selection.draw import Keys

SHARE = 0.3
# 2: a keep_ratio is a share of the whole run; in 1 it was one of what a split left, so a record of
# format 1 holds smaller subsets than it names.
FORMAT = 2
_LEAST = 4  # samples


def material_of(
    run: Run,
    *,
    held: Run | None = None,
    share: float = SHARE,
    groups: tuple[str, ...] | None = None,
    group_column: str | None = None,
    scores: Mapping[str, NDArray[np.float64]] | None = None,
    decisions: bool = True,
) -> Material:
    """Return what evidence is measured on.

    Args:
        run: that subsets are drawn from.
        held: a run of held-out samples (the same data set's test split, say), scored with the same
            backbone; None holds out a share of `run`, another for each seed.
        share: of each class that is held out without `held`, in [0.05, 0.6].
        groups: N names of what must not be on both sides; not with `held`; () = none.
        group_column: the column of the run's data that names the groups, instead of `groups`; ""
            none. None of both: the column that the data was scored with, if any.
        scores: further scores to choose by, name -> (N,).
        decisions: whether pins, exclusions and relabels that stand in the run hold.

    Raises:
        DLCError: if the runs do not fit each other, a value is out of range, or there are too few
            samples or classes for a comparison.
    """
    samples = run.samples
    if not 0.05 <= share <= 0.6:
        raise DLCError(f"the held-out share must be in [0.05, 0.6], got {share:g}.")
    require_method(run)
    if len(samples) < _LEAST:
        raise DLCError(
            f"{run.path} has {counted(len(samples), 'sample')} in "
            f"{counted(samples['class_id'].nunique(), 'class')}; accuracy needs at least {_LEAST} "
            "samples in 2 classes."
        )
    if held is None and groups is None and group_column is None:
        group_column = group_column_of(run)
    groups, group_column = groups or None, group_column or None
    if groups is not None and group_column is not None:
        raise DLCError("groups come from a file or from a column of the data, not from both.")
    if group_column is not None and held is None:
        groups = column_groups(run, group_column)
    if held is not None and (groups is not None or group_column is not None):
        raise DLCError("groups say how to hold samples out; leave them out with a held-out run.")
    if groups is not None and len(groups) != len(samples):
        raise DLCError(f"expected {counted(len(samples), 'group')}, got {len(groups):,}.")
    rows = samples["class_id"].to_numpy(dtype=np.int64)
    names = tuple(map(str, samples["path"]))
    decided = read_log(run.path).state(samples["id"].to_numpy()) if decisions else None
    nothing = np.zeros(len(samples), dtype=np.bool_)
    material = Material(
        run.features,
        rows,
        rows if decided is None else _relabelled(run, rows, decided.relabelled),
        len(run.classes),
        Keys(names, key_places(names)),
        {OWN: samples["score"].to_numpy(dtype=np.float64), **(scores or {})},
        nothing if decided is None else decided.pinned,
        nothing if decided is None else decided.excluded,
        groups,
        None if held is None else _held(run, held),
        share,
        group_column,
    )
    if not len(material.held_places(0)):  # of one seed: none of another either
        raise DLCError(
            f"nothing of {run.path} can be held out at a share of {share:g}, as each class is too "
            "small or one group alone; expected more samples or groups of a class, or a held-out "
            "run." + ("" if group_column is None else f" (--no-groups parts each {group_column}.)")
        )
    return material


def _whereabouts(run: Run) -> tuple[Any, ...]:
    """Return what tells a run's data from another's whose samples have the same names."""
    known = run.info["dataset"]
    asked = json.dumps(known.get("asked") or {}, sort_keys=True)
    return (known["root"],) if known.get("root") else (known.get("source"), asked)


def _relabelled(run: Run, rows: NDArray[np.int64], decided: Mapping[int, str]) -> NDArray[np.int64]:
    """Return the classes with relabels; one into a class that the run lacks stays as it was."""
    places = {name: class_id for class_id, name in enumerate(run.classes)}
    ids = run.samples["id"].to_numpy()
    targets = rows.copy()
    for identity, label in decided.items():
        if label in places:
            targets[int(np.searchsorted(ids, identity))] = places[label]
    return targets


def _held(run: Run, held: Run) -> tuple[NDArray[Any], NDArray[np.int64]]:
    for field in ("digest", "preprocess"):
        if run.info["backbone"].get(field) != held.info["backbone"].get(field):
            raise DLCError(
                f"{held.path} was scored with another backbone or preprocessing than {run.path}; "
                "score it with the same ones."
            )
    known = run.samples["path"]
    if _whereabouts(run) == _whereabouts(held):
        both = known.isin(held.samples["path"])
        if both.any():
            raise DLCError(
                f"{held.path} holds {counted(int(both.sum()), 'sample')} of {run.path} itself, "
                f"such as {known[both].iloc[0]!r}; expected another split."
            )
    places = pd.Index(run.classes)
    targets = places.get_indexer(pd.Index(held.samples["label"]))
    unknown = np.flatnonzero(targets < 0)
    if len(unknown):
        label = held.samples["label"].iat[int(unknown[0])]
        raise DLCError(f"{held.path} has class {label!r}, which {run.path} does not have.")
    return held.features, targets.astype(np.int64)


def settings_of(
    run: Run, material: Material, *, held: Run | None, method: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what tells a material and method from any other, as JSON values.

    Cells with the same settings are the same measurement and are never made twice.
    """
    return {
        "format": FORMAT,
        "samples": len(material.rows),
        "classes": material.classes,
        "held_out": None if held is None else str(Path(held.path).name),
        "share": material.share if held is None else None,
        "grouped": material.groups is not None,
        **({} if material.group_column is None else {"group_column": material.group_column}),
        "components": COMPONENTS,
        "method": dict(method),
        "choosing": {"rounds": ROUNDS, "share": SHARE_INSIDE, "caution": CAUTION},
        "digest": _digest(run, material),
    }


def _digest(run: Run, material: Material) -> str:
    """Return a digest of names, classes, scores, decisions, groups, and whose features they are."""
    digest = hashlib.blake2b(digest_size=16)

    def take(*parts: object) -> None:
        for part in parts:
            raw = part.tobytes() if isinstance(part, np.ndarray) else str(part).encode(
                "utf-8", "surrogateescape"
            )  # fmt: skip
            digest.update(len(raw).to_bytes(8, "little") + raw)

    info = run.info
    take(info["dataset"].get("fingerprint"), info["backbone"].get("digest"), material.named.names)
    take(material.rows, material.targets, material.pinned, material.excluded, material.groups)
    for name in sorted(material.scores):
        take(name, material.scores[name])
    if material.held is not None:
        take(material.held[1], np.asarray(material.held[0][:64]))
    return digest.hexdigest()
