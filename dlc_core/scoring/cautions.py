"""What makes scores doubtful, seen in the scoring itself and said in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.counted import counted
from dlc_core.scoring.objectives.nearest_centroid import Centroids, chunks

FEW_SAMPLES = 5  # a class with fewer has a centroid that is mostly the sample itself
_NEAR_CHANCE = 0.05  # of the way from chance to certainty
_SURE = 0.01  # what is less likely than this is not put down to chance
_FAR = 0.3  # share of the weights out of reach that is worth a word
_EARLY = 0.1  # share of the schedule after the collapse that is worth a word


@dataclass(frozen=True)
class Facts:
    """What is known of a scoring under way.

    Attributes:
        backbone: its name.
        class_names: of the C classes with a readable sample.
        class_sizes: (C,) readable samples of each.
        capacity: (M,) share of the weights that each mask leaves.
        steps, length: each mask's place in the schedule of so many steps.
        changed: (M,) weights other than zero that each mask zeroes.
        zero_share: of the maskable weights, those that are zero without a mask.
        accuracy: (M,) balanced nearest-centroid accuracy under each mask; None = not done.
        held_out: the same without a mask, each sample left out of its own centroid.
        out_of_reach: of the weights in matrices and kernels, the share that masks never take.
        stops: whether the score leaves out the masks after a collapse.
        open_doors: what a stranger's program could reach, for people.
    """

    backbone: str
    class_names: Sequence[str]
    class_sizes: NDArray[np.int64]
    capacity: NDArray[np.float64]
    steps: NDArray[np.int64]
    length: int
    changed: NDArray[np.int64]
    zero_share: float
    accuracy: Sequence[float | None]
    held_out: float
    out_of_reach: float = 0.0
    stops: bool = False
    open_doors: Sequence[str] = ()


def cautions(facts: Facts) -> list[dict[str, str]]:
    """Return what a person should know before trusting the scores: code and text of each."""
    found = {
        "unknown_classes": _unknown_classes(facts),
        "too_few_to_tell": _too_few_to_tell(facts),
        "small_classes": _small_classes(facts),
        "idle_masks": _idle_masks(facts),
        "collapse": _collapse(facts),
        "out_of_reach": _out_of_reach(facts),
        "open_doors": _open_doors(facts),
    }
    if found["unknown_classes"]:  # a collapse is of a backbone that knew them
        found["collapse"] = ""
    return [
        {"code": code, "text": text[0].upper() + text[1:]} for code, text in found.items() if text
    ]


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


def _too_few_to_tell(facts: Facts) -> str:
    if not np.isfinite(facts.held_out) or knows(facts.held_out, facts.class_sizes) is not None:
        return ""
    count = counted(int(facts.class_sizes.sum()), "sample")
    return (
        f"{count} in {counted(len(facts.class_sizes), 'class')} are too few to tell whether the "
        f"backbone {facts.backbone} knows these classes: with each sample left out of its own "
        f"centroid, its nearest-centroid accuracy is {facts.held_out:.1%}, chance is "
        f"{1 / len(facts.class_sizes):.1%}."
    )


def _unknown_classes(facts: Facts) -> str:
    if knows(facts.held_out, facts.class_sizes) is not False:
        return ""
    chance = 1 / len(facts.class_sizes)
    return (
        f"the backbone {facts.backbone} does not know these classes: without any mask, and with "
        f"each sample left out of its own centroid, its nearest-centroid accuracy is "
        f"{facts.held_out:.1%}, chance is {chance:.1%}. The scores mean little; choose another "
        "backbone."
    )


def _small_classes(facts: Facts) -> str:
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


def _idle_masks(facts: Facts) -> str:
    idle = int(np.count_nonzero(facts.changed[1:] == 0))
    if not idle:
        return ""
    masks = len(facts.changed) - 1
    share = "the" if idle == masks else f"{idle} of the"
    change = "changes" if idle == 1 else "change"
    if not facts.zero_share:
        return f"{share} {counted(masks, 'mask')} {change} nothing: the interval is too small."
    return (
        f"{share} {counted(masks, 'mask')} {change} nothing, because {facts.zero_share:.0%} of "
        "the weights of "
        f"{facts.backbone} are zero already (compressed or quantised weights): the score is "
        f"{'the loss without a mask' if idle == masks else 'mostly the loss without a mask'}."
    )


def _collapse(facts: Facts) -> str:
    chance, level = chance_level(facts.class_sizes)
    if facts.stops:
        return ""
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


def _out_of_reach(facts: Facts) -> str:
    if facts.out_of_reach < _FAR:
        return ""
    return (
        f"masks reach {1 - facts.out_of_reach:.0%} of the weights of {facts.backbone} only: the "
        "rest is in embeddings, or in layers of a kind that is not known here (run.json lists what "
        "is masked), so it forgets less than it seems to."
    )


def _open_doors(facts: Facts) -> str:
    if not facts.open_doors:
        return ""
    return (
        f"the program {facts.backbone} ran in a process of its own, to which this system could "
        f"not close: {', '.join(facts.open_doors)}. Run only programs of people you trust "
        "here."
    )
