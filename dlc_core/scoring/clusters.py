"""Clusters that stand for classes, where images have no labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.atomic_files import write_npy
from dlc_core.datasets import Dataset, Sample
from dlc_core.plurals import counted

_MANY = 20_000  # samples from which k-means looks at a part of them at a time
_STARTS = 4


def find_clusters(features: NDArray[np.float32], clusters: int, *, seed: int) -> NDArray[np.int64]:
    """Return each sample's cluster by k-means, (N,), 0 = the largest.

    Args:
        features: (N, D), unmasked.
        clusters: K in [2, N]; where features are equal there may be fewer.
        seed: of the starting points.

    Reference: Lloyd 1982; k-means++ starts (Arthur and Vassilvitskii 2007), the best of four;
    mini-batches (Sculley 2010) beyond 20,000 samples. Ours: the paper has labels.
    """
    import warnings

    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning

    kind: Any = KMeans if len(features) <= _MANY else MiniBatchKMeans
    model = kind(min(clusters, len(features)), n_init=_STARTS, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct points than clusters
        labels = model.fit_predict(np.asarray(features, dtype=np.float32))
    found, rows, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    place = np.empty(len(found), dtype=np.int64)
    place[np.argsort(-sizes, kind="stable")] = np.arange(len(found))
    return place[rows]


def clustered(
    dataset: Dataset,
    samples: Sequence[Sample],
    features: NDArray[np.float32],
    *,
    seed: int,
    keep: Path,
) -> tuple[Dataset, list[Sample]]:
    """Return a dataset and its readable samples with clusters as classes.

    Args:
        dataset: without labels; asked.clusters says how many there are to be.
        samples: (N) the readable ones.
        features: (N, D) of them.
        seed: of k-means.
        keep: where the clusters are noted, so that a resume has the same.
    """
    try:
        rows = np.load(keep, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        rows = np.empty(0, dtype=np.int64)
    if rows.shape != (len(samples),):
        rows = find_clusters(features, dataset.asked.clusters or 2, seed=seed)
        write_npy(keep, rows)
    classes = tuple(f"cluster {number + 1}" for number in range(int(rows.max()) + 1))
    labelled = [
        sample._replace(class_id=int(row)) for sample, row in zip(samples, rows, strict=True)
    ]
    return replace(dataset, classes=classes), labelled


def cluster_caution(count: int) -> dict[str, str]:
    """Return what a person should know: code and text."""
    return {
        "code": "clusters",
        "text": f"The classes are {counted(count, 'cluster')} that k-means found in the features, "
        "not labels: "
        "hard means far from the others of its cluster, and evidence predicts clusters.",
    }
