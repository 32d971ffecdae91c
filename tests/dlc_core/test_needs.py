"""A run of one class without thumbnails and features: nothing that cannot work is offered."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from dlc_core.cli import main
from dlc_core.errors import DLCError
from dlc_core.evidence.methods import METHODS
from dlc_core.export import FORMATS
from dlc_core.issues import ISSUES, find_issues, read_issues
from dlc_core.modalities.image import IMAGE
from dlc_core.modalities.registry import MODALITIES
from dlc_core.needs import NEEDS, lack, lacking, offered, require
from dlc_core.runs import Run
from dlc_core.scores import SCORES, score_names
from tests.by_hand import without_digests


def bare(run: Run, folder: Path) -> Run:
    """A copy of a run with few samples, all of one class, and nothing that was worked out of it."""
    shutil.copytree(run.path, folder)
    table = pd.read_parquet(folder / "samples.parquet").assign(class_id=0, label="0")
    table.to_parquet(folder / "samples.parquet", index=False)
    for name in ("features", "thumbnails", "kinds", "neighbours", "neighbour_distances", "pca"):
        for file in folder.glob(f"{name}.*"):
            file.unlink()
    return Run.open(without_digests(folder))


@pytest.fixture(scope="module")
def run(digits_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return bare(digits_run, tmp_path_factory.mktemp("bare") / "run")


def test_what_is_offered(run: Run, digits_run: Run) -> None:
    find_issues(run)
    assert read_issues(run) is not None
    assert list(offered(run, ISSUES)) == ["leak", "duplicate"]
    assert list(score_names(run)) == ["score", "unmasked"]
    assert list(offered(run, FORMATS)) == list(FORMATS)  # the digits are there
    assert offered(run, METHODS) == {}
    assert offered(digits_run, ISSUES) == ISSUES
    assert offered(digits_run, METHODS) == METHODS


def test_every_entry_names_needs_that_there_are() -> None:
    entries = [*ISSUES.values(), *SCORES.values(), *FORMATS.values(), *METHODS.values()]
    assert {need for entry in entries for need in entry.needs} <= NEEDS.keys()


def test_one_sentence_says_what_is_lacking(run: Run) -> None:
    needs = ("classes", "features", "images")
    assert lacking(run, needs) == "samples of at least two classes and features (features.npy)"
    said = lack(run, "the page Evidence", needs)
    assert said == (
        "the page Evidence needs samples of at least two classes and features (features.npy), "
        f"which {run.path} lacks; score data of more classes."
    )
    with pytest.raises(DLCError, match=r"needs thumbnails, which .* lacks; do without"):
        require(run, "a gallery", ("thumbnails",), instead="do without")
    require(run, "a table", ("images", "files", "labels"))
    assert lacking(run, ("text",)) == "samples that are text"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scores", "{run}", "--make", "probe"], "the score 'probe' needs samples of at"),
        (["evidence", "{run}", "--out", "{out}.json"], "method 'probe' needs samples"),
        (["prune", "{run}", "--keep", "0.5", "--score", "suspicion", "--out", "{out}.npy"],
         "the score 'suspicion' needs samples of at least two classes"),
    ],
)  # fmt: skip
def test_the_command_line_refuses(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    given = [word.format(run=run.path, out=tmp_path / "out") for word in words]
    assert main(given) == 2
    assert said in capsys.readouterr().err


def test_dlc_kinds_counts_what_can_be_found(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kinds", str(run.path)]) == 0
    told = capsys.readouterr()
    assert [line.split()[0] for line in told.out.splitlines()] == ["Leak", "Duplicate"]
    assert (
        "the issue 'label-error' needs samples of at least two classes and features (features.npy)"
        in told.err
    )
    assert "the issue 'quality' needs thumbnails" in told.err


def test_text_is_no_image_and_clusters_are_no_labels(
    digits_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    text_only = replace(IMAGE, name="instruction", gives=frozenset({"text"}))
    monkeypatch.setitem(MODALITIES, "instruction", text_only)
    known = {**digits_run.info["dataset"], "modality": "instruction", "labels": "clusters"}
    text = replace(digits_run, info={**digits_run.info, "dataset": known})
    assert list(offered(text, FORMATS)) == ["csv", "parquet", "json", "jsonl", "npy"]
    assert "label-error" not in offered(text, ISSUES)
    assert lacking(text, ("text",)) == ""


@pytest.mark.parametrize(
    ("known", "there"),
    [
        ({"root": "{tmp}"}, True),
        ({"root": "{tmp}/gone"}, False),
        ({"root": "s3://bucket/photos"}, True),
        ({"root": "", "source": "{tmp}/gone.npz"}, False),
        ({"root": "", "source": "{tmp}/shards-{{000..009}}.tar"}, True),
        ({"root": "", "kind": "python"}, False),
        ({"root": "", "kind": "digits"}, True),
    ],
)
def test_whether_the_data_is_there(
    digits_run: Run, tmp_path: Path, known: dict[str, str], there: bool
) -> None:
    values = {name: value.format(tmp=tmp_path) for name, value in known.items()}
    one = replace(digits_run, info={**digits_run.info, "dataset": values})
    assert (lacking(one, ("files",)) == "") is there
