"""`dlc report`: the file, what it replaces, and every mistake in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlc_core.cli import main
from dlc_core.export import read_ids
from dlc_core.runs import Run


def test_help_comes_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["report", "--help"])
    assert stop.value.code == 0
    assert "Example: dlc report " in capsys.readouterr().out


@pytest.mark.parametrize(
    "more",
    [
        [],
        ["--scope", "global"],
        ["--balance", "uniform", "--without-copies"],
        ["--minimum", "30"],
        ["--class-count", "3=5"],
    ],
)
def test_a_recipe_and_its_file_give_the_same_report(
    digits_run: Run, tmp_path: Path, more: list[str]
) -> None:
    source = str(digits_run.path)
    recipe = ["--keep", "0.25", "--gamma", "0.3", "--seed", "6", *more]
    kept, made, again = (tmp_path / name for name in ("kept.json", "a.html", "b.HTML"))
    assert main(["prune", source, *recipe, "--out", str(kept)]) == 0
    assert main(["report", source, *recipe, "--out", str(made)]) == 0
    assert main(["report", source, "--subset", str(kept), "--out", str(again)]) == 0

    def undated(file: Path) -> list[str]:
        lines = file.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if "Report of" not in line]

    assert undated(made) == undated(again)
    count = len(read_ids(kept))
    assert count == 449 or "--class-count" in more
    assert f"digits: {count} of 1,797 samples kept" in made.read_text(encoding="utf-8")


def test_the_subset_is_held_against_random(digits_run: Run, tmp_path: Path) -> None:
    words = ["report", str(digits_run.path), "--keep", "0.1", "--strategy", "hardest"]
    assert main([*words, "--out", str(tmp_path / "a.html")]) == 0
    text = (tmp_path / "a.html").read_text()
    assert "How like the whole it is" in text
    row = text.partition("Mean gap")[2].partition("</tr>")[0]
    assert "farther from the whole than random" in row


def test_an_older_report_is_replaced_and_nothing_else_is_left(
    digits_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.html"
    out.write_text("old")
    assert main(["report", str(digits_run.path), "--out", str(out), "--overwrite"]) == 0
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    assert capsys.readouterr().err.splitlines()[-1] == f"dlc: report of 0.2 MB: {out}"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--out", "report.pdf"], "--out must end in .html, got report.pdf."),
        (["--out", "none/such/report.html"], "no such folder: none/such"),
        (["--keep", "0", "--out", "r.html"], "keep_ratio must be in (0, 1], got 0."),
        (["--keep", "nan", "--out", "r.html"], "keep_ratio must be in (0, 1], got nan."),
        (["--gamma", "2", "--out", "r.html"], "gamma must be in [0, 1], got 2."),
        (["--strategy", "best", "--out", "r.html"], "unknown strategy 'best'"),
        (["--subset", "k.csv", "--keep", "1", "--out", "r.html"], "got --subset and a recipe"),
        (["--subset", "none.csv", "--out", "r.html"], "no such file: none.csv"),
        (["--subset", "kept.xyz", "--out", "r.html"], "cannot tell the format of kept.xyz"),
        ([], "the following arguments are required: --out"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_2(
    digits_run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", str(digits_run.path), *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("dlc: ")
    assert words in line
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    assert main(["report", str(tmp_path), "--out", str(tmp_path / "r.html")]) == 2
    assert not list(tmp_path.iterdir())
