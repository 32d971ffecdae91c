"""Choosing for the whole of a run, remembered in it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlc_core.atomic_files import read_json, write_json
from dlc_core.errors import DLCError
from dlc_core.evidence.arms import RANDOM, Arm, parse_arm
from dlc_core.evidence.choose_arm import Choice, Told, Tried, choose
from dlc_core.evidence.material import Material
from dlc_core.evidence.material_from_run import settings_of
from dlc_core.evidence.store import FOLDER, make_folders
from dlc_core.plurals import counted
from dlc_core.runs import Run
from dlc_core.runs.damage import fault_of
from dlc_core.scores import PROBE, make_probe

_AUTO = "auto"
_METHOD = {"name": "auto"}


def choose_for(
    run: Run,
    material: Material,
    arm: Arm,
    *,
    keep_ratio: float,
    seed: int = 0,
    told: Told = lambda _done, _total: None,
) -> Choice:
    """Return what an arm of "auto" chooses for all samples of a run; made once, then read.

    All samples are the training part here: what comes of the choice can only be judged on others,
    which is what `dlc evidence` does.

    Args:
        run: where it is remembered.
        material: of the run.
        arm: one with choices.
        keep_ratio: share kept, in (0, 1].
        seed: of splits and draws.
        told: called with (rounds done, rounds).

    Raises:
        DLCError: if the arm has nothing to choose, or keep_ratio is out of range.
        OSError: if the run cannot be written.
    """
    if not arm.choices:
        raise DLCError(f"{arm.name} leaves nothing to choose; expected one such as flexrand:auto.")
    wanted = _wanted(run, material, arm, keep_ratio, seed)
    file = choice_file(run.path, arm, keep_ratio)
    found = read_choice(file, wanted)
    if found is not None:
        return found
    began = time.monotonic()
    part = material.everything()
    choice = choose(part, arm.choices, keep_ratio=keep_ratio, seed=seed, told=told)
    choice = Choice(choice.arm, choice.tried, choice.fits, time.monotonic() - began)
    if choice.arm.score == PROBE:  # so that a recipe can order by it
        make_probe(run)
    make_folders(file.parent)
    write_json(file, {**as_dict(choice), "keep_ratio": keep_ratio, "settings": wanted}, summed=True)
    return choice


def choice_file(run: Path, arm: Arm, keep_ratio: float) -> Path:
    """Return where the choice of an arm at a keep_ratio is remembered."""
    name = arm.name.replace(":", "-")
    return run / FOLDER / _AUTO / f"{name}-{keep_ratio:g}.json"


def as_dict(choice: Choice) -> dict[str, Any]:
    """Return a choice as JSON values."""
    return {
        "arm": choice.arm.name,
        "tried": [
            {"arm": one.arm.name, "gap": one.gap, "error": one.error, "rounds": one.rounds}
            for one in choice.tried
        ],
        "fits": choice.fits,
        "seconds": choice.seconds,
    }


def _wanted(run: Run, material: Material, arm: Arm, keep_ratio: float, seed: int) -> dict[str, Any]:
    settings = settings_of(run, material, held=None, method=_METHOD)
    return {**settings, "arm": arm.name, "keep_ratio": keep_ratio, "seed": seed}


def read_choice(file: Path, wanted: Mapping[str, Any]) -> Choice | None:
    """Return a remembered choice; None if there is none, or it is of other settings.

    Args:
        file: from `choice_file`.
        wanted: what its settings must say, or some of it.
    """
    if fault_of(file.parents[2], f"{FOLDER}/{_AUTO}/{file.name}", None):
        return None
    value = read_json(file)
    try:
        if value is None or any(value["settings"][key] != wanted[key] for key in wanted):
            return None
        tried = tuple(
            Tried(parse_arm(one["arm"]), float(one["gap"]), float(one["error"]), int(one["rounds"]))
            for one in value["tried"]
        )
        return Choice(parse_arm(value["arm"]), tried, int(value["fits"]), float(value["seconds"]))
    except (KeyError, TypeError, ValueError, DLCError):
        return None


def words(choice: Choice, keep_ratio: float) -> str:
    """Return what was chosen and how sure that is, as a sentence."""
    share = f"{100 * keep_ratio:g} % kept"
    if not choice.fits:
        return (
            f"At {share} nothing could be tried: a choice holds a quarter of each class out, which "
            "leaves too few samples. Random was taken; keep less to let it choose."
        )
    cost = f"({counted(choice.fits, 'training')} of the probe, {choice.seconds:.1f} s)"
    if choice.arm == RANDOM:
        return f"At {share} no choice that was tried is clearly better than random {cost}."
    one = next(one for one in choice.tried if one.arm == choice.arm)
    return (
        f"At {share} {choice.arm.name} did best: {100 * one.gap:+.1f} points on random, standard "
        f"error {100 * one.error:.1f}, on held-out parts {cost}."
    )
