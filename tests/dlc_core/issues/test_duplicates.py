from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from dlc_core.issues.duplicates import equal_pictures, exact_pairs, joined, near_pairs
from dlc_core.issues.thumbnail_pass import Pictures, perceptual_hash
from tests.dlc_core.issues.test_quality import scene

NONE = np.empty((0, 2), dtype=np.int64)


def test_groups_join_what_is_linked() -> None:
    labels = np.array([0, 1, 0, 0, 0, 1, 1])
    exact, near = np.array([[6, 5]]), np.array([[1, 3], [3, 4]])
    found = joined(labels, exact, near)
    assert found.group.tolist() == [-1, 0, -1, 0, 0, 1, 1]
    assert found.kind.tolist() == ["", "near", "", "near", "near", "exact", "exact"]
    assert found.labels.tolist() == [False, True, False, True, True, False, False]
    nothing = joined(labels, NONE, NONE)
    assert set(nothing.group.tolist()) == {-1}
    assert not nothing.labels.any()


def test_exact_means_the_same_file(tmp_path: Path) -> None:
    for name, data in (("a", b"x"), ("b", b"x"), ("c", b"y"), ("d", b"x")):
        (tmp_path / name).write_bytes(data)
    paths = ["a", "b", "c", "d", "gone"]
    same_look = [b"1", b"1", b"1", b"2", b"1"]
    assert exact_pairs(str(tmp_path), paths, same_look).tolist() == [[0, 1]]
    unknown = [b""] * 5  # no thumbnails: all files are compared
    assert exact_pairs(str(tmp_path), paths, unknown).tolist() == [[0, 1], [0, 3]]
    assert exact_pairs("", paths, same_look).tolist() == []


def test_equal_pictures_need_a_picture() -> None:
    assert equal_pictures([b"1", b"", b"2", b"1", b"", b"1"]).tolist() == [[0, 3], [0, 5]]


def test_near_needs_both_the_hash_and_the_features() -> None:
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 1 << 63, 30, dtype=np.uint64)
    hashes[1] = hashes[0] ^ np.uint64(0b111111)  # six bits
    hashes[3] = hashes[2] ^ np.uint64(0b1111111)  # seven
    hashes[5] = hashes[4]
    hashes[7] = hashes[6]
    hashed = np.ones(30, dtype=np.bool_)
    hashed[5] = False
    neighbours = np.array([[i ^ 1, (i + 2) % 30] for i in range(30)], dtype=np.int32)
    distances = np.tile(np.array([1, 2], dtype=np.float32), (30, 1))
    distances[6:8] = 9
    found = near_pairs(Pictures([], hashes, hashed, []), neighbours, distances)
    limit = float(np.median(distances[:, -1]))
    expected = [
        [i, j]
        for i in range(30)
        for j, d in zip(neighbours[i].tolist(), distances[i].tolist(), strict=True)
        if bin(int(hashes[i]) ^ int(hashes[j])).count("1") <= 6
        and hashed[i] and hashed[j] and d <= limit
    ]  # fmt: skip
    assert found.tolist() == expected == [[0, 1], [1, 0]]
    empty = near_pairs(Pictures([], hashes, hashed, []), neighbours[:, :0], distances[:, :0])
    assert empty.tolist() == []


def test_the_hash_survives_what_copies_suffer() -> None:
    def bits(one: Image.Image, other: Image.Image) -> int:
        return bin(int(perceptual_hash(one)) ^ int(perceptual_hash(other))).count("1")

    picture = scene(128)
    assert bits(picture, picture.resize((90, 90))) <= 6
    assert bits(picture, picture.point(lambda value: value * 0.8)) <= 6
    assert bits(picture, scene(128, seed=1)) > 16
