from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from dlc_core.atomic_files import write_record
from dlc_core.cli import main
from dlc_core.errors import DLCError
from dlc_core.projection import ProjectionSettings, lay_out, map_record, project, project_run
from dlc_core.projection.exact_neighbours import ExactNeighbours
from dlc_core.projection.layout import stratified_part
from dlc_core.projection.stages import Stages
from dlc_core.projection.umap_engines import choose_mapper
from dlc_core.records.progress import Step, read_step
from dlc_core.runs import Run
from dlc_core.runs.lock import writer_pid, writing
from tests.by_hand import without_digests

SEED_1 = ProjectionSettings(seed=1)


@pytest.fixture
def run(digits_run: Run, tmp_path: Path) -> Run:
    """A copy of the scored digits that a test may change."""
    return Run.open(shutil.copytree(digits_run.path, tmp_path / "run"))


def clusters(count: int, dimensions: int = 60) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Three clusters far from each other, and which of them each sample belongs to."""
    rng = np.random.default_rng(0)
    rows = np.arange(count) % 3
    return (rng.normal(size=(count, dimensions)) + 8 * rows[:, None]).astype(np.float32), rows


def test_umap_is_fixed_by_the_seed_and_separates_clusters() -> None:
    features, rows = clusters(90)
    first, again = project(features, settings=SEED_1), project(features, settings=SEED_1)
    assert first.shape == (90, 2)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, again)
    middles = np.stack([first[rows == c].mean(axis=0) for c in range(3)])
    spread = max(first[rows == c].std(axis=0).max() for c in range(3))
    assert (
        min(np.linalg.norm(middles[a] - middles[b]) for a, b in ((0, 1), (0, 2), (1, 2))) > spread
    )
    other = project(features, settings=ProjectionSettings(seed=2))
    assert not np.allclose(first, other)


def test_min_distance_spreads_the_samples_and_neighbours_change_the_map() -> None:
    features, _ = clusters(90)

    def nearest(settings: ProjectionSettings) -> float:
        found = project(features, settings=settings)
        distances = np.linalg.norm(found[:, None] - found[None], axis=2)
        np.fill_diagonal(distances, np.inf)
        return float(np.median(distances.min(axis=1)))

    tight, loose = ProjectionSettings(min_distance=0.0), ProjectionSettings(min_distance=1.0)
    assert nearest(loose) > 2 * nearest(tight)
    few, many = (project(features, settings=ProjectionSettings(neighbours=n)) for n in (3, 40))
    assert not np.allclose(few, many)


@pytest.mark.parametrize("n", [1, 2, 14])
def test_few_samples_are_projected_by_pca(n: int) -> None:
    features = np.random.default_rng(0).normal(size=(n, 5))
    coordinates = project(features)
    assert coordinates.shape == (n, 2)
    assert np.isfinite(coordinates).all()
    assert np.abs(coordinates.mean(axis=0)).max() < 1e-5
    np.testing.assert_array_equal(
        coordinates, project(features, settings=ProjectionSettings("pca"))
    )


def test_equal_features_and_one_dimension_are_no_trouble() -> None:
    assert project(np.ones((40, 3))).shape == (40, 2)
    assert project(np.arange(5.0)[:, None]).shape == (5, 2)
    two_points = np.repeat(np.eye(2, 20), 30, axis=0)
    assert np.isfinite(project(two_points)).all()


def test_pca_is_the_first_two_components() -> None:
    reduced = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    layout = lay_out(reduced, np.zeros(40, np.int64), settings=ProjectionSettings("pca"))
    np.testing.assert_array_equal(layout.coordinates, reduced[:, :2])
    assert (layout.method, layout.engine, layout.fitted) == ("pca", "pca", 40)


def test_infinite_features_are_refused() -> None:
    with pytest.raises(DLCError, match="finite"):
        project(np.full((20, 2), np.inf))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"method": "tsne"}, "method must be one of umap, pca, got 'tsne'"),
        ({"neighbours": 1}, r"neighbours must be a whole number in \[2, 200\], got 1"),
        ({"neighbours": 201}, "got 201"),
        ({"neighbours": 2.5}, "got 2.5"),
        ({"min_distance": -0.1}, r"min_distance must be in \[0, 1\], got -0.1"),
        ({"min_distance": float("nan")}, "got nan"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"seed": 2**32}, "seed must be a whole number"),
    ],
)
def test_settings_out_of_range_are_one_sentence(values: dict[str, Any], words: str) -> None:
    with pytest.raises(DLCError, match=words):
        ProjectionSettings(**values)


def literal_neighbours(
    fitted: NDArray[np.float32], value: NDArray[np.float32], k: int
) -> list[float]:
    """Distances of the k nearest, nearest first."""
    differences = fitted.astype(np.float64) - value.astype(np.float64)
    return sorted(float(np.sqrt((difference**2).sum())) for difference in differences)[:k]


@pytest.mark.parametrize("k", [1, 5, 30])
def test_neighbours_are_exact_and_equal_samples_have_distance_0(
    monkeypatch: pytest.MonkeyPatch, k: int
) -> None:
    monkeypatch.setattr("dlc_core.projection.exact_neighbours._ROWS", 7)
    rng = np.random.default_rng(0)
    fitted = (300 + rng.normal(size=(30, 4))).astype(np.float32)
    fitted[3] = fitted[20]
    values = np.concatenate([fitted, (300 + rng.normal(size=(9, 4))).astype(np.float32)])
    rows, distances = ExactNeighbours(fitted).query(values, k)
    assert rows.dtype == np.int32
    assert distances.dtype == np.float32
    for value, near, far in zip(values, rows, distances, strict=True):
        expected = literal_neighbours(fitted, value, k)
        np.testing.assert_allclose(far, expected, rtol=1e-5)
        np.testing.assert_allclose(np.linalg.norm(fitted[near] - value, axis=1), far, rtol=1e-5)
        assert len(set(near.tolist())) == k
    assert not distances[:30, 0].any()  # exactly 0, or umap-learn takes it for a neighbourhood
    assert k == 1 or distances[3, 1] == distances[20, 1] == 0


def test_the_time_left_does_not_count_the_first_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("dlc_core.records.progress.time.monotonic", lambda: clock[0])
    steps: list[Step] = []
    count = Stages(steps.append).counted("layout", "epochs")
    for now, done in ((100.0, 0), (160.0, 1), (161.0, 3)):  # a minute of compiling, then 2 a second
        clock[0] = now
        count(done, 21)
    assert [step.eta_seconds for step in steps] == [None, None, pytest.approx(9.0)]
    assert [step.detail for step in steps] == [f"layout {done} of 21" for done in (0, 1, 3)]


def literal_part(counts: list[int], most: int) -> list[set[int]]:
    """What a stratified part may hold of each class: floor or ceil of its exact share."""
    total = sum(counts)
    return [{most * n // total, -(-most * n // total)} for n in counts]


@pytest.mark.parametrize("counts", [[100], [70, 20, 10], [1] * 90 + [210], [97, 1, 1, 1]])
def test_the_fitted_part_is_stratified(counts: list[int]) -> None:
    class_ids = np.random.default_rng(3).permutation(np.repeat(np.arange(len(counts)) - 5, counts))
    for most in (7, 30, 99):
        for seed in range(3):
            rows = stratified_part(class_ids, most, seed=seed)
            assert len(set(rows.tolist())) == most
            assert rows.tolist() == sorted(rows.tolist())
            taken = Counter(class_ids[rows].tolist())
            for row, allowed in enumerate(literal_part(counts, most)):
                assert taken[row - 5] in allowed
            assert rows.tolist() == literal_rows(class_ids, most, seed)
    assert not np.array_equal(
        stratified_part(class_ids, 30, seed=0), stratified_part(class_ids, 30, seed=1)
    )
    assert stratified_part(class_ids, 1000, seed=0).tolist() == list(range(sum(counts)))


def literal_rows(class_ids: NDArray[np.int64], most: int, seed: int) -> list[int]:
    """Systematic sampling, one place after another, of the row of classes that a seed shuffles."""
    rng = np.random.default_rng(seed)
    luck = rng.permutation(len(class_ids)).tolist()
    ids = class_ids.tolist()
    standing = sorted(range(len(ids)), key=lambda row: (ids[row], luck[row]))
    start, step = rng.random(), len(ids) / most
    return sorted(standing[int((place + start) * step)] for place in range(most))


@pytest.mark.parametrize("count", [61, 150])
def test_many_samples_are_fitted_on_a_part(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr("dlc_core.projection.layout.LARGEST_FIT", 60)
    monkeypatch.setattr("dlc_core.features.principal_components.LARGEST_FIT", 60)
    features, rows = clusters(count)
    steps: list[Step] = []
    first = project(features.astype(np.float16), settings=SEED_1, report=steps.append)
    again = project(features.astype(np.float16), settings=SEED_1)
    np.testing.assert_array_equal(first, again)
    assert np.isfinite(first).all()
    middles = np.stack([np.median(first[rows == c], axis=0) for c in range(3)])
    nearest = np.linalg.norm(first[:, None] - middles[None], axis=2).argmin(axis=1)
    assert (nearest == rows).mean() > 0.9  # the placed ones lie with the fitted ones
    last = -(-(count - 60) // 60)
    assert steps[-1].detail == f"placing the rest {last} of {last}"
    assert (steps[-1].done, steps[-1].total, steps[-1].unit) == (last, last, "parts")


def test_steps_come_in_order_and_count_epochs() -> None:
    features, _ = clusters(90)
    steps: list[Step] = []
    project(features, report=steps.append)
    assert {step.phase for step in steps} == {"projecting"}
    assert (steps[0].total, steps[0].detail) == (0, "finding neighbours")
    epochs = [step.done for step in steps[1:]]
    assert epochs == sorted(epochs)
    assert (epochs[0], epochs[-1]) == (0, 500)
    assert steps[-1].detail == "layout 500 of 500"
    assert {step.unit for step in steps[1:]} == {"epochs"}


CUML = """
import numpy as np
from tests.by_hand import without_digests
class UMAP:
    def __init__(self, **settings):
        self.settings = settings
    def fit_transform(self, values):
        return values[:, :2] + 1
    def transform(self, values):
        return values[:, :2] - 1
"""


def test_cuml_is_taken_where_it_can_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ProjectionSettings(neighbours=9, min_distance=0.2, seed=4)
    assert choose_mapper(settings, 9).name == "umap-learn"
    (tmp_path / "cuml").mkdir()
    (tmp_path / "cuml" / "__init__.py").write_text("")
    (tmp_path / "cuml" / "manifold.py").write_text(CUML)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert choose_mapper(settings, 9).name == "umap-learn"
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    mapper = choose_mapper(settings, 8)
    given = mapper._umap.settings  # type: ignore[attr-defined]
    assert (given["n_neighbors"], given["min_dist"], given["random_state"]) == (8, 0.2, 4)
    reduced, rows = clusters(50, 4)
    monkeypatch.setattr("dlc_core.projection.layout.LARGEST_FIT", 40)
    layout = lay_out(reduced, rows, settings=settings)
    assert (layout.engine, layout.method, layout.fitted) == ("cuml", "umap", 40)
    moved = layout.coordinates - reduced[:, :2]
    assert Counter(np.round(moved[:, 0]).tolist()) == {1.0: 40, -1.0: 10}


def test_the_run_holds_its_projection(digits_run: Run) -> None:
    table = digits_run.projection
    assert table["id"].tolist() == digits_run.samples["id"].tolist()
    assert np.isfinite(table[["x", "y"]].to_numpy()).all()
    record = {
        "method": "umap", "neighbours": 15, "min_distance": 0.3, "seed": 0,
        "engine": "umap-learn", "fitted": 1797,
    }  # fmt: skip
    assert digits_run.info["projection"] == record
    assert map_record(digits_run) == record
    assert table.attrs["projection"] == record  # pandas alone can tell
    assert (digits_run.path / "pca.npy").is_file()


def test_a_map_that_is_there_is_left_alone(run: Run) -> None:
    before = (run.path / "projection.parquet").read_bytes()
    with writing(run.path):  # not even the lock is needed
        assert project_run(run, settings=ProjectionSettings("pca")) is run
    assert (run.path / "projection.parquet").read_bytes() == before


def test_again_replaces_the_map_and_its_record_and_keeps_the_rest(run: Run) -> None:
    info = json.loads((run.path / "run.json").read_text())
    write_record(run.path, {**info, "kinds": {"of": "another step"}})
    steps: list[Step] = []
    made = project_run(
        run, settings=ProjectionSettings("pca", seed=3), report=steps.append, again=True
    )
    record = {
        "method": "pca", "neighbours": 15, "min_distance": 0.3, "seed": 3,
        "engine": "pca", "fitted": 1797,
    }  # fmt: skip
    digest = made.info["digest"]
    assert digest != info["digest"]
    wanted = {**info, "kinds": {"of": "another step"}, "projection": record, "digest": digest}
    assert made.info == wanted
    assert map_record(made) == record
    components = np.load(run.path / "pca.npy")
    np.testing.assert_array_equal(made.projection[["x", "y"]].to_numpy(), components[:, :2])
    assert steps[-1] == Step("projecting", 1, 1, unit="map")
    assert read_step(run.path) == steps[-1]
    assert writer_pid(run.path) is None


def test_the_components_are_there_before_the_map(run: Run) -> None:
    (run.path / "projection.parquet").unlink()
    (run.path / "pca.npy").unlink()
    seen: dict[str, tuple[bool, bool]] = {}

    def look(step: Step) -> None:
        files = [(run.path / name).is_file() for name in ("pca.npy", "projection.parquet")]
        seen.setdefault(step.detail, (files[0], files[1]))
        assert read_step(run.path) == step

    project_run(run, report=look)
    assert seen["principal components"] == (False, False)
    assert seen["finding neighbours"] == (True, False)
    assert seen[""] == (True, True)


def test_a_map_of_an_earlier_version_gets_its_components_and_stays(run: Run) -> None:
    table = run.projection
    table.attrs.clear()
    table.to_parquet(run.path / "projection.parquet", index=False)
    info = {key: value for key, value in run.info.items() if key != "projection"}
    (run.path / "run.json").write_text(json.dumps(info))
    without_digests(run.path)
    (run.path / "pca.npy").unlink()
    before = (run.path / "projection.parquet").read_bytes()
    made = project_run(Run.open(run.path))
    assert (run.path / "pca.npy").is_file()
    assert (run.path / "projection.parquet").read_bytes() == before
    assert map_record(made) == {}
    assert "projection" not in made.info
    assert project_run(made) is made


def test_a_record_that_was_not_written_is_mended(run: Run) -> None:
    right = run.info["projection"]
    stale = {**run.info, "projection": {**right, "neighbours": 99}}
    write_record(run.path, stale)  # killed between the two files
    opened = Run.open(run.path)
    assert map_record(opened) != opened.info["projection"]  # a reader can tell
    before = (run.path / "projection.parquet").read_bytes()
    assert project_run(opened).info == run.info
    assert (run.path / "projection.parquet").read_bytes() == before


@pytest.mark.parametrize("moment", ["finding neighbours", "layout"])
def test_a_stop_leaves_the_old_map(run: Run, moment: str) -> None:
    (run.path / ".pca.npy.1-2.tmp").write_bytes(b"of a writer that was killed")
    files = {file.name: file.read_bytes() for file in run.path.iterdir() if file.is_file()}

    def stop(step: Step) -> None:
        if step.detail.startswith(moment):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        project_run(run, settings=ProjectionSettings(neighbours=5), report=stop, again=True)
    left = {file.name: file.read_bytes() for file in run.path.iterdir() if file.is_file()}
    for changing in ("progress.json", ".pca.npy.1-2.tmp"):
        files.pop(changing)
        left.pop(changing, None)
    assert left == files
    assert writer_pid(run.path) is None


def test_refusals(run: Run) -> None:
    with writing(run.path), pytest.raises(DLCError, match="being written"):
        project_run(run, again=True)
    unfinished = Run(run.path, {**run.info, "status": "interrupted"})
    with pytest.raises(DLCError, match="not finished"):
        project_run(unfinished, again=True)


def test_few_samples_say_that_the_map_is_pca(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert main(["score", str(folder), "--out", str(out), "--masks", "2"]) == 0
    made = Run.open(out)
    assert {**made.info["projection"]}.items() >= {"method": "pca", "engine": "pca"}.items()
    assert made.info["projection"]["fitted"] == 12
    assert isinstance(made.projection, pd.DataFrame)


def test_resuming_a_finished_run_keeps_the_record(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = ["score", str(folder), "--out", str(out), "--masks", "2"]
    assert main(command) == 0
    before = json.loads((out / "run.json").read_text())
    (out / "projection.parquet").unlink()
    assert main([*command, "--resume"]) == 0
    after = json.loads((out / "run.json").read_text())
    assert after == before
    assert (out / "projection.parquet").is_file()


@pytest.mark.parametrize(("count", "method"), [(14, "pca"), (15, "umap")])
def test_umap_from_fifteen_samples_on(count: int, method: str) -> None:
    features, rows = clusters(count)
    assert lay_out(features, rows).method == method
