"""Principal components against the eigenvectors of the covariance, and what is stored of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.features.principal_components import (
    parts,
    principal_components,
    reduced_features,
    stored_components,
)
from dlc_core.runs import Run


def literal_components(features: NDArray[np.float64], dimensions: int) -> NDArray[np.float64]:
    """The projection on the covariance's eigenvectors, largest first; signs are arbitrary."""
    centred = features - features.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    found: NDArray[np.float64] = centred @ vectors[:, ::-1][:, :dimensions]
    return found


@pytest.mark.parametrize(("n", "d"), [(2, 1), (3, 7), (40, 5), (80, 60), (900, 60)])
@pytest.mark.parametrize("offset", [0.0, 300.0])
def test_components_are_those_of_the_covariance(n: int, d: int, offset: float) -> None:
    rng = np.random.default_rng(n + d)
    scales = 1.5 ** -np.arange(d)
    features = (rng.normal(size=(n, d)) * scales + offset).astype(np.float32)
    dimensions, transform = principal_components(features)
    assert dimensions == min(50, d, n - 1)
    compared = min(dimensions, 8)  # the later ones are next to nothing
    expected = literal_components(features.astype(np.float64), compared)
    found = transform(features)[:, :compared]
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=2e-3)


@pytest.mark.parametrize("features", [np.ones((30, 4)), np.arange(3.0)[None]])
def test_equal_samples_have_one_component_0(features: NDArray[np.float64]) -> None:
    dimensions, transform = principal_components(features)
    assert dimensions == 1
    np.testing.assert_array_equal(transform(features), np.zeros((len(features), 1)))


def test_many_samples_are_fitted_on_a_random_part(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(500, 6)) * [9, 5, 1, 1, 1, 1]
    whole = principal_components(features)[1](features)
    monkeypatch.setattr("dlc_core.features.principal_components.LARGEST_FIT", 200)
    some = principal_components(features, seed=1)[1](features)
    again = principal_components(features, seed=1)[1](features)
    other = principal_components(features, seed=2)[1](features)
    np.testing.assert_array_equal(some, again)
    assert not np.array_equal(some, other)
    assert abs(np.corrcoef(some[:, 0], whole[:, 0])[0, 1]) > 0.95


def test_features_that_are_not_finite_are_refused() -> None:
    with pytest.raises(DLCError, match="finite"):
        principal_components(np.array([[0.0, np.nan], [1.0, 2.0]]))
    with pytest.raises(DLCError, match="finite"):
        principal_components(np.arange(5.0))


def test_the_run_keeps_them(digits_run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(digits_run.path, folder)
    (folder / "pca.npy").unlink()
    run = Run.open(folder)
    assert stored_components(run) is None
    found = reduced_features(run)
    assert found.shape == (1797, min(50, run.features.shape[1]))
    assert isinstance(found, np.memmap)
    features = np.asarray(run.features, dtype=np.float64)
    expected = literal_components(features, 4)
    np.testing.assert_allclose(np.abs(found[:, :4]), np.abs(expected), atol=1e-3 * expected.max())
    written = (folder / "pca.npy").stat().st_mtime_ns
    np.testing.assert_array_equal(reduced_features(run), found)
    assert (folder / "pca.npy").stat().st_mtime_ns == written


def test_components_of_other_features_do_not_count(digits_run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(digits_run.path, folder)
    run = Run.open(folder)
    for wrong in (np.zeros((3, 2), np.float32), np.zeros(1797, np.float32), np.zeros((1797, 2))):
        np.save(folder / "pca.npy", wrong)
        assert stored_components(run) is None
    (folder / "pca.npy").write_bytes(b"half")
    assert stored_components(run) is None
    assert reduced_features(run).shape[0] == 1797


def test_parts_cover_every_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlc_core.features.principal_components.LARGEST_FIT", 4)
    for count in (0, 1, 4, 5, 8, 9):
        rows = [row for part in parts(count) for row in range(count)[part]]
        assert rows == list(range(count))
