"""NumPy archives: every layout, scores as of the files, wrong ones in a sentence."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dlc_core as dlc
from dlc_core.datasets import npz
from tests.dlc_core.datasets.conftest import Files, same_scores, scored

X = np.arange(4 * 5 * 6, dtype=np.uint8).reshape(4, 5, 6)
Y = np.array([0, 1, 0, 1])


def test_scores_are_those_of_the_files(digit_files: Files, tmp_path: Path) -> None:
    labels = np.array([int(label) for label in digit_files.labels])
    np.savez_compressed(tmp_path / "digits.npz", images=digit_files.pixels, labels=labels)
    run = scored(tmp_path / "digits.npz", out=tmp_path / "run")
    same_scores(run, digit_files)
    assert run.samples["path"][0] == "0/000000.png"
    assert run.info["dataset"]["files"] is False


@pytest.mark.parametrize(
    ("images", "mode"),
    [
        (X, "L"), (X[..., None], "L"), (np.stack([X] * 3, axis=-1), "RGB"),
        (np.stack([X] * 4, axis=-1), "RGB"), (np.stack([X] * 3, axis=1), "RGB"),
        (X / 255, "L"), (X.astype(np.float32), "L"), (X > 60, "L"),
        (X.astype(np.uint16) * 200, "L"),
    ],
)  # fmt: skip
def test_layouts_and_numbers(tmp_path: Path, images: np.ndarray[Any, Any], mode: str) -> None:
    np.savez(tmp_path / "a.npz", x=images, y=np.array(["b", "a", "b", "a"]))
    data = dlc.load_dataset(tmp_path / "a.npz")
    assert data.classes == ("a", "b")
    image = data.read(data.samples[1])
    assert (image.mode, image.size) == (mode, (6, 5))
    pixels = np.asarray(image)[..., 0] if mode == "RGB" else np.asarray(image)
    if images.dtype == np.bool_:
        expected = (X[1] > 60) * 255
    elif images.dtype == np.uint16:  # by its own range
        expected = np.rint((X[1].astype(float) - X[1].min()) / np.ptp(X[1]) * 255)
    else:
        expected = X[1]
    np.testing.assert_array_equal(pixels, expected)
    assert data.encoded is not None
    assert data.encoded(data.samples[1]).startswith(b"\x89PNG")


def test_splits_and_class_names(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "a.npz", train_images=X, train_labels=Y, x_test=X[:2], y_test=Y[:2],
        class_names=np.array(["cat", "dog", "never"]),
    )  # fmt: skip
    data = dlc.load_dataset(tmp_path / "a.npz")
    assert (data.split, len(data.samples), data.classes) == ("train", 4, ("cat", "dog", "never"))
    assert data.samples[1].path == "dog/000001.png"
    assert len(dlc.load_dataset(tmp_path / "a.npz", split="test").samples) == 2
    with pytest.raises(dlc.DLCError, match="has no split 'val'; it has train, test"):
        dlc.load_dataset(tmp_path / "a.npz", split="val")


def test_arrays_that_are_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", pictures=X, kinds=Y)
    data = dlc.load_dataset(tmp_path / "a.npz", image_column="pictures", label_column="kinds")
    assert len(data.samples) == 4
    with pytest.raises(dlc.DLCError, match=r"could be guessed; .* it has pictures, kinds"):
        dlc.load_dataset(tmp_path / "a.npz")
    with pytest.raises(dlc.DLCError, match="has no array 'cats'"):
        dlc.load_dataset(tmp_path / "a.npz", image_column="cats")


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": X[0], "y": Y}, r"has shape \(5, 6\)"),
        ({"x": X, "y": Y[:2]}, "expected one label for each of the 4"),
        ({"x": X, "y": Y / 2}, "the labels of a.npz are float64"),
        ({"x": X - 1.5, "y": Y}, "lie in .*before normalisation"),
        ({"x": np.full((4, 5, 6), np.nan), "y": Y}, "before normalisation"),
        ({"x": np.zeros((4, 5, 6, 7)), "y": Y}, "got an array of shape"),
        ({"x": np.zeros((0, 5, 6)), "y": Y[:0]}, "has shape"),
        ({"x": X, "y": Y + 5, "classes": np.array(["a", "b"])}, r"lie in \[5, 6\]"),
        ({"x": np.array([None] * 4), "y": Y}, "without Python objects"),
        ({"y": Y}, "could be guessed"),
    ],
)
def test_wrong_arrays(tmp_path: Path, arrays: dict[str, Any], words: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(dlc.DLCError, match=words):
        dlc.load_dataset(tmp_path / "a.npz")


def test_wrong_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(dlc.DLCError, match=r"cannot read a.npz"):
        dlc.load_dataset(tmp_path / "a.npz")
    with pytest.raises(dlc.DLCError, match="no such file"):
        dlc.load_dataset(tmp_path / "b.npz")
    np.savez(tmp_path / "a.npz", x=X, y=Y)
    content = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(content[: len(content) // 2])
    with pytest.raises(dlc.DLCError, match=r"cannot read cut.npz"):
        dlc.load_dataset(tmp_path / "cut.npz")
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        archive.writestr("x.npy", b"no array")
        archive.writestr("y.npy", b"no array")
    with pytest.raises(dlc.DLCError, match=r"cannot read b\.npz: the magic string"):
        dlc.load_dataset(tmp_path / "b.npz")
    monkeypatch.setattr(npz, "_MEMORY_SHARE", 1e-12)
    with pytest.raises(dlc.DLCError, match="write them as files"):
        dlc.load_dataset(tmp_path / "a.npz")


def test_labels_in_a_column_as_medmnist_has_them(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "a.npz",
        train_images=X,
        train_labels=Y[:, None],
        val_images=X,
        val_labels=Y[:, None],
    )
    data = dlc.load_dataset(tmp_path / "a.npz")
    assert [sample.class_id for sample in data.samples] == [0, 1, 0, 1]
    assert data.splits == ("train", "val")
