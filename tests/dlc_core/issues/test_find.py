"""All issues in one run: planted ones are found, others are not, whatever the run lacks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from dlc_core.cli import main
from dlc_core.errors import DLCError
from dlc_core.issues import ISSUES, evidence, find_issues, read_issues, read_neighbours
from dlc_core.issues.stored import COLUMNS, DISTANCES_FILE, KINDS_FILE, NEIGHBOURS_FILE
from dlc_core.records.progress import Step, read_step
from dlc_core.runs import Run
from dlc_core.runs.lock import writing
from tests.by_hand import without_digests
from tests.dlc_core.issues.test_quality import scene

FLAGS = ["label_error", "outlier", "ambiguous", "dark", "bright", "blurry", "low_information"]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set with a leak, copies, a dark, a blurry and a long image, and its scored run."""
    above = tmp_path_factory.mktemp("planted")
    root = above / "data" / "train"
    for class_number, name in enumerate(("cats", "dogs", "owls")):
        (root / name).mkdir(parents=True)
        for number in range(12):
            picture = scene(96, seed=100 * class_number + number)
            tint = [(1, 0.5, 0.5), (0.5, 1, 0.5), (0.5, 0.5, 1)][class_number]
            tinted = (np.asarray(picture) * tint).astype(np.uint8)
            Image.fromarray(tinted).save(root / name / f"{number:02d}.png")
    first = Image.open(root / "cats/00.png")
    first.resize((150, 150)).save(root / "cats/near.jpg", quality=80)
    ImageEnhance.Brightness(first).enhance(0.2).save(root / "cats/dark.png")
    scene(96, seed=997).filter(ImageFilter.GaussianBlur(8)).save(root / "cats/blurry.png")
    scene(96, seed=998).resize((96, 20)).save(root / "dogs/long.png")
    shutil.copy(root / "dogs/03.png", root / "owls/copy.png")
    (above / "data/test/owls").mkdir(parents=True)
    shutil.copy(root / "dogs/05.png", above / "data/test/owls/5.png")
    run = above / "run"
    assert main(["score", str(above / "data"), "--masks", "2", "--out", str(run)]) == 0
    return run


@pytest.fixture
def run(planted: Path, tmp_path: Path) -> Run:
    """A copy of the run that may be written."""
    folder = shutil.copytree(planted, tmp_path / "run")
    for name in (KINDS_FILE, NEIGHBOURS_FILE, DISTANCES_FILE):  # scoring may have found them
        (folder / name).unlink(missing_ok=True)
    return Run.open(folder)


def found_in(run: Run) -> pd.DataFrame:
    find_issues(run)
    table = read_issues(run)
    assert table is not None
    table["path"] = run.samples["path"]
    return table.set_index("path")


def test_planted_kinds_are_found(run: Run) -> None:
    table = found_in(run)
    assert table.index[table["dark"]].tolist() == ["cats/dark.png"]
    assert table.index[table["blurry"]].tolist() == ["cats/blurry.png"]
    assert table.index[table["odd_shape"]].tolist() == ["dogs/long.png"]
    assert table["leak"][table["leak"] != ""].to_dict() == {"dogs/05.png": "test/owls/5.png"}
    exact = table[table["duplicate"] == "exact"]
    assert exact.index.tolist() == ["dogs/03.png", "owls/copy.png"]
    assert exact["duplicate_labels"].all()
    assert exact["duplicate_group"].nunique() == 1
    near = table[table["duplicate"] == "near"]
    assert {"cats/00.png", "cats/near.jpg"} <= set(near.index)
    assert set(near.index) <= {"cats/00.png", "cats/near.jpg", "cats/dark.png"}
    assert not near["duplicate_labels"].any()
    assert (table["duplicate_group"] >= 0).sum() == len(exact) + len(near)


def test_the_table_is_as_documented(run: Run) -> None:
    find_issues(run)
    table = pd.read_parquet(run.path / "kinds.parquet")
    assert table.columns.tolist() == list(COLUMNS)
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == COLUMNS
    assert table["id"].tolist() == run.samples["id"].tolist()
    assert table["suspicion"].between(0, 1).all()
    assert table["own_probability"].between(0, 1).all()
    assert set(table["kind"]) <= {"", *(key.replace("-", " ") for key in ISSUES)}
    documented = (Path(__file__).parents[3] / "docs/run-format.md").read_text()
    assert all(f"`{name}`" in documented for name in COLUMNS)
    rows, distances = read_neighbours(run) or pytest.fail("no neighbours")
    assert rows.shape == distances.shape == (len(table), 10)


def test_the_kind_is_the_first_that_concerns_the_sample(run: Run) -> None:
    table = found_in(run)
    for row in range(len(table)):
        first = next((key for key, issue in ISSUES.items() if issue.mask(table)[row]), "")
        assert table["kind"].iloc[row] == first.replace("-", " ")
    assert list(ISSUES) == ["label-error", "leak", "duplicate", "outlier", "ambiguous", "quality"]


def test_the_seed_fixes_the_result_and_computing_again_replaces_it(run: Run) -> None:
    first = found_in(run)
    (run.path / "pca.npy").unlink()
    pd.testing.assert_frame_equal(first, found_in(run))


def test_the_digits_are_not_flagged_wholesale(digits_run: Run, tmp_path: Path) -> None:
    table = found_in(Run.open(shutil.copytree(digits_run.path, tmp_path / "run")))
    assert len(table) == 1797
    for flag in FLAGS:
        assert table[flag].mean() < 0.03, flag
    assert (table["duplicate"] != "").mean() < 0.03
    assert (table["leak"] == "").all()
    assert not table["odd_shape"].any()


def test_originals_are_hashed_at_most_never_decoded(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Image.open

    def only_thumbnails(file: object, *rest: object, **more: object) -> Image.Image:
        assert not isinstance(file, str | Path)
        return opened(file, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Image, "open", only_thumbnails)
    find_issues(run)


def test_without_the_files_copies_that_look_the_same_are_near(run: Run, tmp_path: Path) -> None:
    info = json.loads((run.path / "run.json").read_text())
    info["dataset"]["root"] = str(tmp_path / "unplugged" / "train")
    (run.path / "run.json").write_text(json.dumps(info))
    without_digests(run.path)
    table = found_in(Run.open(run.path))
    assert set(table["duplicate"]) == {"", "near"}
    assert table.loc["owls/copy.png", "duplicate"] == "near"
    assert (table["leak"] == "").all()


def test_without_thumbnails_and_sizes_the_rest_is_found(run: Run) -> None:
    (run.path / "thumbnails.npy").unlink()
    samples = pd.read_parquet(run.path / "samples.parquet").drop(columns=["width", "height"])
    samples.to_parquet(run.path / "samples.parquet", index=False)
    without_digests(run.path)
    table = found_in(Run.open(run.path))
    assert table[["brightness", "sharpness", "aspect"]].isna().all(axis=None)
    assert not table[["dark", "blurry", "odd_shape"]].any(axis=None)
    assert table.loc["owls/copy.png", "duplicate"] == "exact"
    assert (table["leak"] != "").sum() == 1
    for row in range(len(table)):
        assert evidence(Run.open(run.path), table.reset_index(), row)[1].endswith(".")


def cut(run: Run, rows: list[int], labels: list[str]) -> Run:
    """Make a run of some of the samples under other labels."""
    samples = pd.read_parquet(run.path / "samples.parquet").iloc[rows].reset_index(drop=True)
    classes = sorted(set(labels))
    samples["label"], samples["class_id"] = labels, [classes.index(label) for label in labels]
    samples.to_parquet(run.path / "samples.parquet", index=False)
    np.save(run.path / "features.npy", np.load(run.path / "features.npy")[rows])
    for name in ("thumbnails.npy", "pca.npy"):
        (run.path / name).unlink(missing_ok=True)
    info = json.loads((run.path / "run.json").read_text())
    info["dataset"]["classes"] = classes
    (run.path / "run.json").write_text(json.dumps(info))
    without_digests(run.path)
    return Run.open(run.path)


@pytest.mark.parametrize(
    "labels",
    [["a", "b"], ["a", "b", "b"], list("aabbcdefg"), list("abcdefghijkl"), list("ab" * 6)],
)
def test_few_samples_many_classes_and_two(run: Run, labels: list[str]) -> None:
    small = cut(run, list(range(len(labels))), labels)
    table = found_in(small)
    assert len(table) == len(labels)
    assert np.isfinite(table["suspicion"]).all()
    alone = [labels.count(label) == 1 for label in labels]
    assert table["own_probability"].isna().tolist() == alone
    assert not table["suspicion"][alone].any()
    assert not table["label_error"][alone].any()
    if len(labels) < 10:
        assert not table[["label_error", "outlier"]].any(axis=None)


def test_constant_features(run: Run) -> None:
    np.save(run.path / "features.npy", np.ones_like(np.load(run.path / "features.npy")))
    (run.path / "pca.npy").unlink(missing_ok=True)
    table = found_in(Run.open(without_digests(run.path)))
    assert not table[["label_error", "outlier"]].any(axis=None)
    assert np.isfinite(table["suspicion"]).all()


def test_progress_ends_and_is_saved(run: Run) -> None:
    steps: list[Step] = []
    find_issues(run, report=steps.append)
    assert {step.phase for step in steps} == {"inspecting"}
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == steps[-1].total
    assert read_step(run.path) == steps[-1]


def test_one_writer_at_a_time(run: Run) -> None:
    with writing(run.path), pytest.raises(DLCError, match="being written"):
        find_issues(run)
    assert read_issues(run) is None


def test_what_does_not_fit_is_not_there(run: Run) -> None:
    assert read_issues(run) is None
    assert read_neighbours(run) is None
    find_issues(run)
    assert read_neighbours(run) is not None
    table = pd.read_parquet(run.path / "kinds.parquet")
    table.iloc[:-1].to_parquet(run.path / "kinds.parquet")
    assert read_issues(run) is None
    table.drop(columns="leak").to_parquet(run.path / "kinds.parquet")
    assert read_issues(run) is None
    (run.path / "kinds.parquet").write_bytes(b"half")
    assert read_issues(run) is None
    np.save(run.path / "neighbours.npy", np.zeros((3, 2), dtype=np.int32))
    assert read_neighbours(run) is None


def test_the_command(run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["kinds", str(run.path), "--json"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    value = json.loads(last)
    assert (value["run"], value["samples"]) == (str(run.path), len(run.samples))
    assert value["kinds"]["leak"] == 1
    assert set(value["kinds"]) == set(ISSUES)
    assert any(line.split() == ["Leak", "1"] for line in lines)
    assert main(["kinds", str(tmp_path / "none")]) == 2
    assert main(["kinds", str(run.path), "--seed", "-1"]) == 2
    with pytest.raises(SystemExit):
        main(["kinds", "--help"])
    assert "Example: dlc kinds" in capsys.readouterr().out


def test_the_names_of_before_work() -> None:
    from dlc_core import issues, kinds

    assert (kinds.KINDS, kinds.KindOfHard) == (issues.ISSUES, issues.Issue)
    assert (kinds.find_kinds, kinds.read_kinds) == (issues.find_issues, issues.read_issues)
