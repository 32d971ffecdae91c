"""Principal components against the eigenvectors of the covariance, and what is stored of them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.features.principal_components import (
    parts,
    principal_components,
)


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


def test_parts_cover_every_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlc_core.features.principal_components.LARGEST_FIT", 4)
    for count in (0, 1, 4, 5, 8, 9):
        rows = [row for part in parts(count) for row in range(count)[part]]
        assert rows == list(range(count))
