"""Exact and near duplicates, joined to groups."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlc_core.issues.identical_files import identical
from dlc_core.issues.thumbnail_pass import Pictures

LARGEST_HASH_DISTANCE = 6  # of 64 bits
LARGEST_DISTANCE = 1.0  # of the median distance to the k-th neighbour

Pairs = NDArray[np.int64]  # (P, 2) rows


@dataclass(frozen=True)
class Duplicates:
    """Groups of samples that show the same.

    Attributes:
        group: (N,) int32, numbered by their first row; -1 = none.
        kind: (N,) "", "exact" (the same bytes as another sample) or "near".
        labels: (N,) bool, whether the sample's group holds more than one label.
    """

    group: NDArray[np.int32]
    kind: NDArray[np.object_]
    labels: NDArray[np.bool_]


def exact_pairs(root: str, paths: Sequence[str], digests: Sequence[bytes]) -> Pairs:
    """Return pairs of samples whose files hold the same bytes.

    Only files with equal thumbnails are compared; where there are none, files of equal size are.

    Args:
        root: the folder of the files; "" for bundled data, of which no file is known.
        paths: (N,) relative to it.
        digests: (N,) of the thumbnails.
    """
    if not root:
        return _no_pairs()
    looks: dict[bytes, list[str]] = defaultdict(list)
    rows: dict[str, int] = {}
    for row, (path, digest) in enumerate(zip(paths, digests, strict=True)):
        file = os.path.join(root, path)  # noqa: PTH118
        rows[file] = row
        looks[digest].append(file)
    groups = identical(group for group in looks.values() if len(group) > 1)
    return _chains([rows[file] for file in group] for group in groups)


def equal_pictures(digests: Sequence[bytes]) -> Pairs:
    """Return pairs of samples whose thumbnails are the same to the bit."""
    looks: dict[bytes, list[int]] = defaultdict(list)
    for row, digest in enumerate(digests):
        if digest:
            looks[digest].append(row)
    return _chains(group for group in looks.values() if len(group) > 1)


def near_pairs(
    pictures: Pictures, neighbours: NDArray[np.int32], distances: NDArray[np.float32]
) -> Pairs:
    """Return pairs that look alike to a perceptual hash and to the backbone.

    Both must hold: the hashes differ in at most 6 of 64 bits, and one sample is among the k
    nearest of the other, no farther than the median distance to the k-th neighbour. The second
    guards against hashes that collide, and keeps the search linear.

    Args:
        pictures: hashes of the thumbnails.
        neighbours, distances: (N, k), nearest first.
    """
    if neighbours.shape[1] == 0:
        return _no_pairs()
    limit = LARGEST_DISTANCE * float(np.median(distances[:, -1]))
    rows, places = np.nonzero(distances <= limit)
    others = neighbours[rows, places].astype(np.int64)
    hashed = pictures.hashed[rows] & pictures.hashed[others]
    different = pictures.hashes[rows] ^ pictures.hashes[others]
    bits = np.unpackbits(different.view(np.uint8).reshape(-1, 8), axis=1).sum(axis=1)
    alike = hashed & (bits <= LARGEST_HASH_DISTANCE)
    return np.stack([rows[alike], others[alike]], axis=1)


def joined(labels: NDArray[np.int64], exact: Pairs, near: Pairs) -> Duplicates:
    """Join pairs to groups: duplicates of duplicates are in one group.

    Args:
        labels: (N,) class_id.
        exact, near: pairs of rows; a sample in both counts as exact.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(labels)
    pairs = np.concatenate([exact, near])
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    component = connected_components(graph, directed=False)[1]
    sizes = np.bincount(component, minlength=1)
    inside = np.flatnonzero(sizes[component] > 1)
    group = np.full(count, -1, dtype=np.int32)
    _, first, numbers = np.unique(component[inside], return_index=True, return_inverse=True)
    group[inside] = np.argsort(np.argsort(first))[numbers]
    kind = np.full(count, "", dtype=object)
    kind[inside] = "near"
    kind[exact.ravel()] = "exact"
    mixed = np.zeros(count, dtype=np.bool_)
    if len(inside):
        low, high = np.full(len(first), labels.max()), np.full(len(first), labels.min())
        np.minimum.at(low, group[inside], labels[inside])
        np.maximum.at(high, group[inside], labels[inside])
        mixed[inside] = (low != high)[group[inside]]
    return Duplicates(group, kind, mixed)


def _chains(groups: Iterable[list[int]]) -> Pairs:
    """Link each group's members to its first one."""
    pairs = [(group[0], other) for group in groups for other in group[1:]]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _no_pairs() -> Pairs:
    return np.empty((0, 2), dtype=np.int64)
