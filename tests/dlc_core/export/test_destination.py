"""What is there is replaced only when asked, what a run or its data consist of never."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dlc_core.cli import main
from dlc_core.errors import DLCError
from dlc_core.export import check_destination
from dlc_core.runs import Run
from tests.by_hand import without_digests

Words = tuple[str, ...]


def fingerprint(folder: Path) -> dict[str, bytes]:
    """Return what every file of a folder holds."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two classes of six images, whose folder is made anew for each test."""
    top = tmp_path_factory.mktemp("once")
    for place in range(12):
        file = top / "images" / ("cats", "dogs")[place // 6] / f"{place % 6}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (20 * place, 9, 9)).save(file)
    assert main(["score", str(top / "images"), "--masks", "1", "--out", str(top / "run")]) == 0
    return top / "run"


@pytest.fixture
def scored(once: Path, folder: Path, tmp_path: Path) -> Run:
    """The run, as if it was of `folder`, whose files have the same names."""
    shutil.copytree(once, tmp_path / "run")
    info = json.loads((once / "run.json").read_text())
    info["dataset"].update(root=str(folder), source=str(folder))
    (tmp_path / "run" / "run.json").write_text(json.dumps(info))
    without_digests(tmp_path / "run")
    return Run.open(tmp_path / "run")


@pytest.fixture
def kept(scored: Run, tmp_path: Path) -> Path:
    file = tmp_path / "kept.csv"
    assert main(["prune", str(scored.path), "--keep", "0.5", "--out", str(file)]) == 0
    return file


def commands(scored: Run, kept: Path) -> dict[str, Words]:
    """Every command that writes a file: its words up to --out, and a suffix it takes."""
    run = str(scored.path)
    return {
        ".csv": ("prune", run, "--keep", "0.3"),
        ".json": ("prune", run, "--keep", "0.3"),
        ".npy": ("export", run, "--subset", str(kept), "--format", "npy"),
        ".zip": ("export", run, "--subset", str(kept), "--format", "zip"),
        ".html": ("report", run),
    }


def test_a_file_that_is_there_is_replaced_only_with_overwrite(
    scored: Run, kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for suffix, words in commands(scored, kept).items():
        out = tmp_path / f"mine{suffix}"
        out.write_bytes(b"mine")
        assert main([*words, "--out", str(out)]) == 2, words
        assert "exists already; add --overwrite" in capsys.readouterr().err
        assert out.read_bytes() == b"mine"
        assert main([*words, "--out", str(out), "--overwrite"]) == 0, words
        assert out.read_bytes() != b"mine"
        (tmp_path / f"empty{suffix}").touch()
        assert main([*words, "--out", str(tmp_path / f"empty{suffix}")]) == 0


def test_a_folder_that_is_there_is_replaced_only_with_overwrite(
    scored: Run, kept: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (out / "sub").mkdir(parents=True)
    (out / "sub" / "mine").write_bytes(b"mine")
    words = ["export", str(scored.path), "--subset", str(kept), "--format", "imagefolder"]
    assert main([*words, "--out", str(out)]) == 2
    assert (out / "sub" / "mine").exists()
    assert main([*words, "--out", str(out), "--overwrite"]) == 0
    assert len(fingerprint(out)) == 6
    assert not [path for path in tmp_path.iterdir() if ".tmp" in path.name]
    kept.write_text("id\n999\n")  # a failure leaves what was there
    before = fingerprint(out)
    assert main([*words, "--out", str(out), "--overwrite"]) == 2
    assert fingerprint(out) == before


def test_nothing_of_a_run_is_written_not_even_something_new(
    scored: Run, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = fingerprint(scored.path)
    names = ("run.json", "samples.parquet", "new.csv", "subsets/new.csv", "scores/new.parquet")
    for name in names:
        for words in (
            ("prune", "--keep", "0.3", "--out"),
            ("prune", "--keep", "0.3", "--out", str(kept.with_name("x.csv")), "--save-recipe"),
            ("export", "--subset", str(kept), "--format", "json", "--out"),
            ("report", "--out"),
        ):
            path = scored.path / name
            target = str(path.with_suffix(".html") if words[0] == "report" else path)
            line = [words[0], str(scored.path), *words[1:], target, "--overwrite"]
            assert main(line) == 2, line
    assert "only the program's own files belong" in capsys.readouterr().err
    folder_words = ["export", str(scored.path), "--subset", str(kept), "--format", "imagefolder"]
    assert main([*folder_words, "--out", str(scored.path.parent), "--overwrite"]) == 2
    assert main(["score", "digits", "--out", str(scored.path / "inner")]) == 2
    assert fingerprint(scored.path) == before


def test_a_run_by_another_name_is_the_same_run(scored: Run, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(scored.path)
    (tmp_path / "file.csv").symlink_to(scored.path / "samples.parquet")
    for path in (tmp_path / "link" / "x.csv", scored.path / ".." / "run" / "x.csv"):
        with pytest.raises(DLCError, match="is in the run"):
            check_destination(path, overwrite=True)
    with pytest.raises(DLCError, match="is in the run"):
        check_destination(tmp_path / "file.csv", overwrite=True)
    made = scored.path / "exports" / "x.csv"  # what the dashboard makes
    assert check_destination(made) == made


def test_nothing_of_the_data_is_replaced(
    scored: Run, folder: Path, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = fingerprint(folder)
    export = ["export", str(scored.path), "--subset", str(kept), "--format"]
    for format_name, out in (
        ("csv", folder / "cats" / "0.png"),
        ("zip", folder / "dogs" / "3.png"),
        ("imagefolder", folder / "cats"),
        ("imagefolder", folder),
        ("imagefolder", folder.parent),
    ):
        assert main([*export, format_name, "--out", str(out), "--overwrite"]) == 2
        assert "data" in capsys.readouterr().err
    assert fingerprint(folder) == before
    own = folder / "kept.csv"  # beside the images, but none of them
    for _ in range(2):
        assert main([*export, "csv", "--out", str(own), "--overwrite"]) == 0


def test_a_folder_that_is_more_than_an_export_is_not_replaced(
    scored: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work" / "old" / "runs").mkdir(parents=True)
    shutil.copytree(scored.path, tmp_path / "work" / "old" / "runs" / "pets")
    with pytest.raises(DLCError, match="work holds runs"):
        check_destination(tmp_path / "work", overwrite=True)
    for name in ("home", "here"):
        (tmp_path / name / "inner").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "inner"))
    monkeypatch.chdir(tmp_path / "here" / "inner")
    for folder in (tmp_path / "home", tmp_path / "here", Path("..")):
        with pytest.raises(DLCError, match="your home folder, the folder you are in"):
            check_destination(folder, overwrite=True)
    assert check_destination(tmp_path / "here" / "inner") == tmp_path / "here" / "inner"  # empty


def test_the_file_that_was_scored_is_not_replaced(folder: Path, tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"path": [f"images/{name}/{i}.png" for name in ("cats", "dogs") for i in range(6)]}
    )
    table["label"] = ["cats"] * 6 + ["dogs"] * 6
    table.to_csv(tmp_path / "photos.csv", index=False)
    table.to_csv(tmp_path / "other.csv", index=False)
    images = np.stack([np.asarray(Image.new("RGB", (8, 8), (i, 0, 0))) for i in range(12)])
    np.savez(tmp_path / "photos.npz", images=images, labels=np.arange(12) % 2)
    for name in ("photos.csv", "photos.npz"):
        before = (tmp_path / name).read_bytes()
        run, out = tmp_path / f"run-{name}", tmp_path / name
        data = str(out) if name.endswith("csv") else f"npz:{out}"
        assert main(["score", data, "--masks", "1", "--out", str(run)]) == 0
        words = ["prune", str(run), "--keep", "0.3", "--overwrite", "--out"]
        shutil.copy(out, tmp_path / "copy")
        if name.endswith("csv"):
            assert main([*words, str(out)]) == 2
            assert main([*words, str(tmp_path / "other.csv")]) == 0
        with pytest.raises(DLCError, match="part of the data"):
            check_destination(out, runs=[Run.open(run)], overwrite=True)
        assert (tmp_path / name).read_bytes() == before


def test_a_dash_is_standard_output(
    scored: Run, kept: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    capsysbinary.readouterr()
    run = str(scored.path)
    assert main(["prune", run, "--keep", "0.5", "--out", "-"]) == 0
    assert capsysbinary.readouterr().out == kept.read_bytes()
    assert main(["export", run, "--subset", str(kept), "--format", "json", "--out", "-"]) == 0
    assert capsysbinary.readouterr().out.startswith(b"{")
    assert main(["report", run, "--out", "-"]) == 0
    assert capsysbinary.readouterr().out.startswith(b"<!")
    assert main(["prune", run, "--keep", "0.5", "--out", "-", "--json"]) == 2
    assert main(["export", run, "--subset", str(kept), "--format", "zip", "--out", "-"]) == 2
    assert capsysbinary.readouterr().out == b""
