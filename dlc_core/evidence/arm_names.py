"""The arms in plain words, and which of them are offered."""

from __future__ import annotations

import re

from dlc_core.errors import DLCError
from dlc_core.evidence import arms
from dlc_core.evidence.arms import AUTO, RANDOM, Arm, parse_arm
from dlc_core.evidence.trial import ARMS, FULL
from dlc_core.recipes import Recipe
from dlc_core.scores import OWN, PROBE
from dlc_core.selection import strategies, strategy

_MORE = (
    "flexrand:0.2", "flexrand:0.8", "flexrand:auto", "auto", "trimmed:0.7", "trimmed:auto",
    "trimmed:auto@probe",
)  # fmt: skip
_WITH_SETTINGS = re.compile(r"\b[a-z][a-z0-9_-]*:[0-9a-z_.=+-]+(?:@[\w.-]+)?")


def title(name: str) -> str:
    """Return what a person calls an arm; a name that is none comes back as it is."""
    if name == FULL:
        return "All that is not held out"
    try:
        arm = parse_arm(name)
    except DLCError:
        return name
    if arm.strategy == AUTO:
        return "Auto: the best of several"
    by = "" if arm.score == OWN else f", by {arm.score}"
    chosen = strategy(arm.strategy)
    said = dict(arm.settings)
    words = [one.words(said[one.name]) for one in chosen.parameters if one.name in said]
    return ", ".join([chosen.title, *words]) + by


def in_plain_words(text: str) -> str:
    """Return a sentence of the core with the arms' names in plain words."""
    return _WITH_SETTINGS.sub(lambda found: title(found[0]), text)


def explained(name: str) -> str:
    """Return half a sentence on what an arm does."""
    arm = parse_arm(name)
    if arm.strategy == AUTO:
        return "tries splits, trimming and herding on inner splits and takes what is clearly best"
    text = strategy(arm.strategy).description
    if arm.choices:
        text += "; the split that does best on inner splits, or random"
    if arm.score == PROBE:
        text += "; ordered by how wrong the probe is on a sample that it did not see"
    return text[:1].lower() + text[1:]


def arm_of(recipe: Recipe) -> Arm | None:
    """Return the arm of a recipe; None for one that evidence does not measure.

    That is one by another score, or one in which the classes do not give equal shares.
    """
    plain = recipe.scope == "class" and recipe.balance == "data" and not recipe.minimum
    if not plain or recipe.without_copies:
        return None
    looks = strategy(recipe.strategy).features
    if looks or recipe.score == OWN or recipe.strategy == RANDOM.strategy:
        return arms.arm_of(recipe.strategy, recipe.parameters)
    if recipe.score != PROBE:
        return None
    return arms.arm_of(recipe.strategy, recipe.parameters, PROBE)


def offered(recipe: Recipe) -> list[str]:
    """Return the names of the arms to choose from; the present recipe's first."""
    present = arm_of(recipe)
    others: list[str] = []
    for name, item in strategies().items():
        if any(arm.startswith(f"{name}:") for arm in _MORE):
            continue
        others.append(arms.arm_of(name, {}).name)
        if chosen := {one.name: None for one in item.parameters if one.tried}:
            others.append(arms.arm_of(name, chosen).name)
    names = [present.name] if present else []
    return [n for n in dict.fromkeys([*names, *_MORE, *others]) if n != RANDOM.name]


def usual(recipe: Recipe) -> list[str]:
    """Return the names of the arms that are measured unless a person says otherwise."""
    present = arm_of(recipe)
    names = [present.name] if present else []
    return [name for name in dict.fromkeys([*names, *ARMS]) if name != RANDOM.name]
