"""What a scoring by class centroids tells of itself: accuracy, and what makes scores doubtful."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.plurals import counted
from dlc_core.scoring.objectives.base import Found, Known
from dlc_core.scoring.objectives.centroids import Centroids, chunks

FEW_SAMPLES = 5  # a class with fewer has a centroid that is mostly the sample itself
_NEAR_CHANCE = 0.05  # of the way from chance to certainty
_SURE = 0.01  # what is less likely than this is not put down to chance
_EARLY = 0.1  # share of the schedule after the collapse that is worth a word


@dataclass(frozen=True)
class Unmasked:
    """What is known of the classes before any mask.

    Attributes:
        backbone: its name.
        class_names: of the C classes with a readable sample.
        class_sizes: (C,) readable samples of each.
        held_out: balanced nearest-centroid accuracy, each sample left out of its own centroid.
    """

    backbone: str
    class_names: Sequence[str]
    class_sizes: NDArray[np.int64]
    held_out: float


@dataclass(frozen=True)
class Masked:
    """What the masks done so far tell of the classes.

    Attributes:
        backbone: its name.
        class_sizes: (C,) readable samples of each class.
        capacity: (M,) share of the weights that each mask leaves.
        steps, length: each mask's place in the schedule of so many steps.
        accuracy: (M,) balanced nearest-centroid accuracy under each mask; None = not done.
    """

    backbone: str
    class_sizes: NDArray[np.int64]
    capacity: NDArray[np.float64]
    steps: NDArray[np.int64]
    length: int
    accuracy: Sequence[float | None]


def known_classes(known: Known, centroids: Centroids) -> Found:
    """Return how well the unmasked backbone tells the classes apart.

    Args:
        known: what the scoring knows.
        centroids: of the unmasked outputs.
    """
    rows, sizes = known.rows, np.bincount(known.rows)
    held_out = held_out_accuracy(known.outputs, centroids, rows, sizes)
    plain = np.count_nonzero(known.predicted[0] == rows) / len(rows)
    record = {
        "nearest_centroid_accuracy": round(float(plain), 6),
        "held_out_accuracy": None if np.isnan(held_out) else round(held_out, 6),
    }
    facts = Unmasked(known.backbone, known.class_names, sizes, held_out)
    return Found(record=record, cautions=unmasked_cautions(facts))


def masked_accuracy(known: Known, *, stops: bool) -> Found:
    """Return the balanced accuracy of the nearest unmasked centroid under each mask.

    Args:
        known: what the scoring knows so far.
        stops: whether the score leaves out the masks after a collapse.
    """
    rows, sizes = known.rows, np.bincount(known.rows)
    accuracy = [
        balanced_accuracy(predicted, rows, sizes) if mask in known.done else None
        for mask, predicted in enumerate(known.predicted)
    ]
    facts = Masked(known.backbone, sizes, known.capacity, known.steps, known.length, accuracy)
    rounded = [None if value is None else round(value, 6) for value in accuracy]
    return Found(
        masking={"accuracy": rounded},
        cautions={"collapse": "" if stops else collapse_caution(facts)},
    )


def unmasked_cautions(facts: Unmasked) -> dict[str, str]:
    """Return what makes the classes doubtful: code -> text, "" for what does not hold."""
    return {
        "unknown_classes": _unknown_classes(facts),
        "too_few_to_tell": _too_few_to_tell(facts),
        "small_classes": _small_classes(facts),
    }


def chance_level(class_sizes: NDArray[np.int64]) -> tuple[float, float]:
    """Return the balanced accuracy of guessing, and the one below which there is little more.

    Args:
        class_sizes: (C,) samples of each class.
    """
    chance = 1 / len(class_sizes)
    noise = 3 * np.sqrt(chance * (1 - chance) / class_sizes.sum())
    return chance, chance + max(float(noise), _NEAR_CHANCE * (1 - chance))


def knows(held_out: float, class_sizes: NDArray[np.int64]) -> bool | None:
    """Return whether a backbone knows the classes, by two binomial tests; None = too few to tell.

    It knows them where its accuracy is surely above chance, and by more than a twentieth of the way
    to certainty; it does not where it is surely below halfway to certainty. The accuracy is one
    of classes that count alike, so of as many samples as would make it as sure if all classes were
    of one size: C^2 / sum of 1 / n_c.

    Args:
        held_out: balanced accuracy, each sample left out of its own centroid; NaN = not known.
        class_sizes: (C,) samples of each class; those of one have no such accuracy.
    """
    from scipy.special import bdtr, bdtrc

    sizes = class_sizes[class_sizes > 1]
    if not np.isfinite(held_out) or not len(sizes):
        return None
    samples = round(len(sizes) ** 2 / float((1 / sizes).sum()))
    hits = round(held_out * samples)
    chance = 1 / len(class_sizes)
    above = float(bdtrc(hits - 1, samples, chance)) if hits else 1.0  # so many or more, by chance
    below = float(bdtr(hits, samples, (1 + chance) / 2))
    if above < _SURE and held_out > chance + _NEAR_CHANCE * (1 - chance):
        return True
    return False if below < _SURE else None


def _too_few_to_tell(facts: Unmasked) -> str:
    if not np.isfinite(facts.held_out) or knows(facts.held_out, facts.class_sizes) is not None:
        return ""
    count = counted(int(facts.class_sizes.sum()), "sample")
    return (
        f"{count} in {counted(len(facts.class_sizes), 'class')} are too few to tell whether the "
        f"backbone {facts.backbone} knows these classes: with each sample left out of its own "
        f"centroid, its nearest-centroid accuracy is {facts.held_out:.1%}, chance is "
        f"{1 / len(facts.class_sizes):.1%}."
    )


def _unknown_classes(facts: Unmasked) -> str:
    if knows(facts.held_out, facts.class_sizes) is not False:
        return ""
    chance = 1 / len(facts.class_sizes)
    return (
        f"the backbone {facts.backbone} does not know these classes: without any mask, and with "
        f"each sample left out of its own centroid, its nearest-centroid accuracy is "
        f"{facts.held_out:.1%}, chance is {chance:.1%}. The scores mean little; choose another "
        "backbone."
    )


def _small_classes(facts: Unmasked) -> str:
    small = np.flatnonzero(facts.class_sizes < FEW_SAMPLES)
    if not len(small):
        return ""
    smallest = int(small[facts.class_sizes[small].argmin()])
    has = "has" if len(small) == 1 else "have"
    return (
        f"{counted(len(small), 'class')} {has} fewer than {FEW_SAMPLES} samples (smallest: "
        f"{facts.class_names[smallest]}, {facts.class_sizes[smallest]}): such a centroid is mostly "
        "the sample itself, so its score is too low and means little."
    )


def collapse_caution(facts: Masked) -> str:
    """Return where the masked backbone no longer tells the classes apart; "" if it does."""
    chance, level = chance_level(facts.class_sizes)
    known = [mask for mask, value in enumerate(facts.accuracy) if value is not None]
    knowing = [mask for mask in known if (facts.accuracy[mask] or 0.0) > level]
    if not knowing or knowing[-1] == known[-1]:
        return ""
    first = next(mask for mask in known if mask > knowing[-1])
    lost = 1 - facts.steps[first] / facts.length
    if lost < _EARLY:
        return ""
    return (
        f"with {facts.capacity[first]:.0%} of its weights {facts.backbone} no longer tells the "
        f"classes apart (nearest-centroid accuracy {facts.accuracy[first]:.1%}, chance "
        f"{chance:.1%}): from there on, {lost:.0%} of the schedule, the masks add little but a "
        "constant per class. Compare scores within a class, not across classes."
    )


def balanced_accuracy(
    nearest: NDArray[Any], rows: NDArray[np.int64], sizes: NDArray[np.int64]
) -> float:
    """Return the mean over classes of the share of samples nearest to their own centroid.

    Args:
        nearest: (N,) class of the nearest centroid.
        rows: (N,) own class, in [0, C).
        sizes: (C,) samples of each class.
    """
    hits = np.bincount(rows[nearest == rows], minlength=len(sizes))
    return float((hits / sizes).mean())


def held_out_accuracy(
    features: NDArray[np.float32],
    centroids: Centroids,
    rows: NDArray[np.int64],
    sizes: NDArray[np.int64],
) -> float:
    """Return the balanced nearest-centroid accuracy, each sample left out of its own centroid.

    Without sample i of a class of n, the distance to its centroid is n / (n - 1) times as long.
    Classes of one have no centroid then and do not count; NaN if there are no others.
    """
    nearest = np.empty(len(rows), dtype=np.int64)
    for part in chunks(len(rows), len(centroids)):
        distances = centroids.distances(features[part])
        own, n = np.arange(len(distances)), sizes[rows[part]]
        with np.errstate(divide="ignore", invalid="ignore"):
            distances[own, rows[part]] *= np.where(n > 1, n / (n - 1), np.inf)
        nearest[part] = np.nan_to_num(distances, nan=np.inf).argmin(axis=1)
    counted = sizes > 1
    hits = np.bincount(rows[nearest == rows], minlength=len(sizes))
    return float((hits / sizes)[counted].mean()) if counted.any() else float("nan")
