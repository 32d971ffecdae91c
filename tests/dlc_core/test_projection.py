from __future__ import annotations

import numpy as np
import pytest

from dlc_core.errors import DLCError
from dlc_core.projection import project
from dlc_core.runs import Run


def test_umap_is_fixed_by_the_seed_and_separates_clusters() -> None:
    rng = np.random.default_rng(0)
    features = np.concatenate([rng.normal(8 * c, 1, (30, 60)) for c in range(3)])
    first, again = project(features, seed=1), project(features, seed=1)
    assert first.shape == (90, 2)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, again)
    middles = first.reshape(3, 30, 2).mean(axis=1)
    spread = first.reshape(3, 30, 2).std(axis=1).max()
    assert (
        min(np.linalg.norm(middles[a] - middles[b]) for a, b in ((0, 1), (0, 2), (1, 2))) > spread
    )


@pytest.mark.parametrize("n", [1, 2, 14])
def test_few_samples_are_projected_by_pca(n: int) -> None:
    features = np.random.default_rng(0).normal(size=(n, 5))
    coordinates = project(features)
    assert coordinates.shape == (n, 2)
    assert np.isfinite(coordinates).all()
    assert np.abs(coordinates.mean(axis=0)).max() < 1e-5


def test_equal_features_and_one_dimension_are_no_trouble() -> None:
    assert project(np.ones((40, 3))).shape == (40, 2)
    assert project(np.arange(5.0)[:, None]).shape == (5, 2)


def test_infinite_features_are_refused() -> None:
    with pytest.raises(DLCError, match="finite"):
        project(np.full((20, 2), np.inf))


def test_many_samples_are_fitted_on_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlc_core.projection.LARGEST_FIT", 60)
    rng = np.random.default_rng(0)
    rows = np.arange(150) % 3
    features = (rng.normal(size=(150, 60)) + 8 * rows[:, None]).astype(np.float16)
    first, again = project(features, seed=1), project(features, seed=1)
    np.testing.assert_array_equal(first, again)
    assert np.isfinite(first).all()
    middles = np.stack([np.median(first[rows == c], axis=0) for c in range(3)])
    nearest = np.linalg.norm(first[:, None] - middles[None], axis=2).argmin(axis=1)
    assert (nearest == rows).mean() > 0.9  # the transformed ones lie with the fitted ones


def test_the_run_holds_its_projection(digits_run: Run) -> None:
    table = digits_run.projection
    assert table["id"].tolist() == digits_run.samples["id"].tolist()
    assert np.isfinite(table[["x", "y"]].to_numpy()).all()
