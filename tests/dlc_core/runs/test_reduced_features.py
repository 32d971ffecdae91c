"""What a run keeps of its features' principal components."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from dlc_core.runs import Run
from dlc_core.runs.reduced_features import reduced_features, stored_components
from tests.dlc_core.features.test_principal_components import literal_components


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
