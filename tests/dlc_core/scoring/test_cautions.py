from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.scoring.cautions import Facts
from dlc_core.scoring.cautions import cautions as all_cautions
from dlc_core.scoring.objectives.centroids import Centroids, class_centroids
from dlc_core.scoring.objectives.class_findings import (
    Masked,
    Unmasked,
    balanced_accuracy,
    collapse_caution,
    held_out_accuracy,
    unmasked_cautions,
)


@dataclass(frozen=True)
class Scoring:
    """All that cautions are made of."""

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


def cautions(one: Scoring) -> list[dict[str, str]]:
    unmasked = Unmasked("net", one.class_names, one.class_sizes, one.held_out)
    masked = Masked("net", one.class_sizes, one.capacity, one.steps, one.length, one.accuracy)
    found = {**unmasked_cautions(unmasked), "collapse": collapse_caution(masked)}
    return all_cautions(Facts("net", one.changed, one.zero_share, one.out_of_reach), found)


SOUND = Scoring(
    class_names=["cat", "dog"],
    class_sizes=np.array([500, 500]),
    capacity=np.array([1, 0.9, 0.8, 0.7]),
    steps=np.arange(4),
    length=4,
    changed=np.array([0, 10, 20, 30]),
    zero_share=0.0,
    accuracy=[0.9, 0.9, 0.8, 0.7],
    held_out=0.9,
)


def codes(facts: Scoring) -> list[str]:
    return [caution["code"] for caution in cautions(facts)]


def test_a_sound_run_has_none() -> None:
    assert codes(SOUND) == []


def test_weights_that_no_mask_takes() -> None:
    assert codes(replace(SOUND, out_of_reach=0.2)) == []
    (found,) = cautions(replace(SOUND, out_of_reach=0.4))
    assert found["code"] == "out_of_reach"
    assert "Masks reach 60% of the weights of net only" in found["text"]


def test_an_unknown_dataset() -> None:
    found = cautions(replace(SOUND, held_out=0.51))
    assert [caution["code"] for caution in found] == ["unknown_classes"]
    assert "51.0%, chance is 50.0%" in found[0]["text"]


@pytest.mark.parametrize(
    ("sizes", "held_out", "code"),
    [
        ([2, 2], 1.0, "too_few_to_tell"),
        ([3, 3], 1.0, "too_few_to_tell"),
        ([2, 2], 0.0, "unknown_classes"),
        ([6, 6], 0.5, "too_few_to_tell"),
        ([6, 6], 11 / 12, ""),
        ([6, 6], 1.0, ""),
        ([6, 6], 1 / 12, "unknown_classes"),
        ([50, 50], 0.5, "unknown_classes"),
        ([50, 50], 0.6, "unknown_classes"),
        ([50, 50], 0.7, ""),
        # Classes count alike: a large one does not make the accuracy of a small one surer.
        ([2, 5000], 0.75, "too_few_to_tell"),
        ([5000, 5000], 0.53, ""),
        ([5000, 5000], 0.52, "unknown_classes"),  # above chance for sure, and yet no knowledge
        ([20] * 100, 0.10, ""),
        ([20] * 100, 0.02, "unknown_classes"),
        ([1, 1], float("nan"), ""),
        ([1, 1, 4, 4], 1.0, ""),
    ],
)
def test_whether_the_backbone_knows_is_said_where_it_can_be_told(
    sizes: list[int], held_out: float, code: str
) -> None:
    names = [f"c{number}" for number in range(len(sizes))]
    facts = replace(SOUND, class_names=names, class_sizes=np.array(sizes), held_out=held_out)
    told = {"unknown_classes", "too_few_to_tell"} & set(codes(facts))
    assert told == ({code} if code else set())


def test_too_few_to_tell_in_words() -> None:
    (_, found) = cautions(replace(SOUND, class_sizes=np.array([2, 2]), held_out=1.0))[::-1]
    assert found["text"] == (
        "4 samples in 2 classes are too few to tell whether the backbone net knows these classes: "
        "with each sample left out of its own centroid, its nearest-centroid accuracy is 100.0%, "
        "chance is 50.0%."
    )


def test_small_classes_name_the_smallest() -> None:
    found = cautions(replace(SOUND, class_sizes=np.array([4, 500])))
    assert "1 class has fewer than 5 samples (smallest: cat, 4)" in found[0]["text"]
    assert codes(replace(SOUND, class_sizes=np.array([5, 5]), held_out=1.0)) == []


def test_masks_that_change_nothing() -> None:
    some = cautions(replace(SOUND, changed=np.array([0, 0, 0, 5]), zero_share=0.25))
    assert "2 of the 3 masks change nothing, because 25% of the weights" in some[0]["text"]
    one = cautions(replace(SOUND, changed=np.array([0, 0]), zero_share=0.25))
    assert "The 1 mask changes nothing, because" in one[0]["text"]
    every = cautions(replace(SOUND, changed=np.zeros(4, dtype=int), zero_share=0.5))
    assert "The 3 masks change nothing" in every[0]["text"]
    assert every[0]["text"].endswith("the score is the loss without a mask.")


def test_a_collapse_says_where_and_how_much_is_lost() -> None:
    found = cautions(replace(SOUND, accuracy=[0.9, 0.8, 0.5, 0.5]))
    assert [caution["code"] for caution in found] == ["collapse"]
    assert "With 80% of its weights" in found[0]["text"]
    assert "50% of the schedule" in found[0]["text"]
    # Masks that are not done yet say nothing; a collapse in the last tenth is no news.
    assert codes(replace(SOUND, accuracy=[0.9, None, None, 0.8])) == []
    late = replace(SOUND, steps=np.array([0, 1, 2, 19]), length=20, accuracy=[0.9, 0.9, 0.9, 0.5])
    assert codes(late) == []


def test_held_out_accuracy_is_the_literal_one() -> None:
    rng = np.random.default_rng(0)
    rows = np.array([0] * 9 + [1] * 6 + [2])
    features = (rng.normal(size=(16, 3)) + rows[:, None]).astype(np.float32)
    hits = []
    for i in range(16):
        others = np.arange(16) != i
        means = [features[others & (rows == c)].mean(axis=0) for c in range(3) if c != rows[i]]
        own = features[others & (rows == rows[i])]
        far = min(float(np.linalg.norm(features[i] - mean)) for mean in means)
        hits.append(len(own) > 0 and np.linalg.norm(features[i] - own.mean(axis=0)) < far)
    expected = np.mean([np.mean(np.array(hits)[rows == c]) for c in range(2)])  # no class of one
    sizes = np.bincount(rows)
    centroids = Centroids(class_centroids(features, rows, 3))
    assert held_out_accuracy(features, centroids, rows, sizes) == pytest.approx(expected)


def test_noise_is_not_known_even_where_few_samples_make_a_centroid() -> None:
    """Each sample pulls its own centroid: counted in, noise of high dimension looks like 100 %."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, 1000)).astype(np.float32)
    rows = np.arange(200) % 20
    sizes = np.bincount(rows)
    centroids = Centroids(class_centroids(features, rows, 20))
    counted_in = centroids.distances(features).argmin(axis=1)
    assert balanced_accuracy(counted_in, rows, sizes) == 1.0
    assert held_out_accuracy(features, centroids, rows, sizes) < 0.1
