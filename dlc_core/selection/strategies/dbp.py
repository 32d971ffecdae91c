"""Density-based pruning: more of the clusters that are wide and far from others."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from dlc_core.selection.candidates import Candidates
from dlc_core.selection.parameters import Parameter
from dlc_core.selection.strategies.strategy import OUTLIERS, Strategy
from dlc_core.selection.strategies.within_class import Members, number_from, places, vectors

_ITERATIONS = 100  # of k-means at most


def complexities(
    units: NDArray[np.float32], labels: NDArray[np.int64], *, neighbours: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (the complexity of each cluster (J,), each sample's distance to its centroid (n,)).

        C_j = d_inter(j) d_intra(j)

    d_intra is the mean distance of a cluster's samples to its centroid, d_inter the mean distance
    of its centroid to the `neighbours` nearest other ones (1 if there is no other); distances are
    1 - cosine.

    Args:
        units: (n, D) features of length 1.
        labels: (n,) clusters, each of 0..J-1 at least once.
        neighbours: how many nearest centroids' distances are averaged.
    """
    sizes = np.bincount(labels)
    centroids = np.zeros((len(sizes), units.shape[1]))
    for label in range(len(sizes)):
        centroids[label] = units[labels == label].sum(axis=0, dtype=np.float64)
    centroids /= np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-12)
    away = 1 - np.einsum("ij,ij->i", units, centroids.astype(np.float32)[labels])
    away = away.astype(np.float64)
    intra = np.bincount(labels, weights=away) / sizes
    apart = 1 - centroids @ centroids.T  # (J, J)
    np.fill_diagonal(apart, -np.inf)  # itself comes first
    near = np.sort(apart, axis=1)[:, 1 : 1 + neighbours]
    inter = near.mean(axis=1) if near.shape[1] else np.ones(1)
    return inter * intra, away


def cluster_sequence(shares: NDArray[np.float64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the cluster that receives each of the n places, (n,).

    The paper gives cluster j the x_j that minimise sum_j (shares_j N - x_j)^2 with sum_j x_j = N
    and 1 <= x_j <= its size. Here the N-th place goes to the cluster with room where
    shares_j N - x_j is largest, which lowers that sum most; the first places go to clusters that
    have none. So the quotas are whole, sum to N and only grow with N. Ties: the first cluster.

    Args:
        shares: (J,) positive, sum 1.
        sizes: (J,) samples of each cluster, at least 1.
    """
    held = np.zeros(len(sizes), dtype=np.int64)
    sequence = np.empty(int(sizes.sum()), dtype=np.int64)
    for place in range(len(sequence)):
        open_to = held < (sizes if place >= len(sizes) else 1)
        wanted = np.where(open_to, shares * (place + 1) - held, -np.inf)
        sequence[place] = np.argmax(wanted)
        held[sequence[place]] += 1
    return sequence


def clusters_of(units: NDArray[np.float32], *, count: int, seed: int) -> NDArray[np.int64]:
    """Return k-means labels, (n,), with each of 0..J-1 at least once, J <= count."""
    if count == 1:
        return np.zeros(len(units), dtype=np.int64)
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    means = KMeans(count, n_init=1, max_iter=_ITERATIONS, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct samples than clusters
        labels = means.fit(units).labels_
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def dbp_order(
    samples: Candidates,
    *,
    seed: int,
    per_cluster: int,
    clusters: int,
    neighbours: int,
    temperature: float,
) -> NDArray[np.int64]:
    """Return each sample's place in its class, (N,): the clusters in the order of their places, in
    each the pins first and then the sample farthest from the centroid; ties by key.

    Args:
        samples: what to choose from.
        seed: of k-means.
        per_cluster: samples of a class for each of its clusters.
        clusters: the most of a class.
        neighbours: nearest centroids whose distances are averaged.
        temperature: of the softmax of complexities.

    Raises:
        DLCError: if there are no features.

    Reference: Abbas et al. 2024 (ICLR, arXiv 2401.04578), section 3; clusters here are those of a
    class, and near-duplicates are not removed first.
    """
    import sklearn.cluster  # noqa: F401 - only what is loaded already can be limited to a thread

    def ordered(members: Members) -> NDArray[np.int64]:
        units = vectors(samples, members)
        units /= np.maximum(np.linalg.norm(units, axis=1, keepdims=True), np.float32(1e-12))
        count = min(clusters, max(1, len(members) // per_cluster))
        number = number_from("dbp", seed, members.class_id)
        labels = clusters_of(units, count=count, seed=number)
        complexity, away = complexities(units, labels, neighbours=neighbours)
        powers = np.exp((complexity - complexity.max()) / temperature)
        sequence = cluster_sequence(powers / powers.sum(), np.bincount(labels))
        inside = np.lexsort((-away, ~members.pinned, labels))  # stable: ties by key
        order = np.empty(len(members), dtype=np.int64)
        order[np.argsort(sequence, kind="stable")] = inside
        return order

    return places(samples, ordered)


STRATEGY = Strategy(
    "DBP",
    "More of the clusters that are wide and far apart, in each the samples farthest from its "
    "centre (DBP): its paper reports gains on web-scale, deduplicated image-text data",
    dbp_order,
    explanation="Each class is split into clusters by k-means; the wider a cluster and the farther "
    "from others, the more of it is kept.",
    parameters=(
        Parameter(
            "per_cluster",
            "Samples per cluster",
            2,
            500,
            20,
            "A class has one cluster for so many of its samples.",
            whole=True,
        ),
        Parameter(
            "clusters",
            "Clusters at most",
            1,
            500,
            100,
            "The most clusters of a class; the time grows with them.",
            whole=True,
        ),
        Parameter(
            "neighbours",
            "Nearest clusters",
            1,
            100,
            20,
            "To how many of the nearest clusters the distance is averaged.",
            whole=True,
        ),
        Parameter(
            "temperature",
            "Temperature",
            0.01,
            2.0,
            0.1,
            "How evenly the clusters give: the higher, the less their width and distance matter. "
            "0.1 is our choice; the public implementation has 0.5.",
        ),
    ),
    needs=("features",),
    random=True,
    warning=OUTLIERS,
)
