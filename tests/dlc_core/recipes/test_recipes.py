"""A recipe file rebuilds the identical subset, or says what differs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dlc_core.cli import build_parser, main
from dlc_core.decisions import record
from dlc_core.errors import DLCError
from dlc_core.recipes import (
    Recipe,
    delete_recipe,
    prune_arguments,
    read_record,
    rebuild,
    recipe_record,
    run_candidates,
    save_recipe,
    saved_recipes,
    subset_of,
)
from dlc_core.runs import Run


@pytest.fixture
def run(digits_run: Run, tmp_path: Path) -> Run:
    """A copy of the scored digits that a test may change."""
    return Run.open(shutil.copytree(digits_run.path, tmp_path / "run"))


RECIPES = [
    Recipe(),
    Recipe("hardest", 0.1, scope="global"),
    Recipe("flexrand", 0.25, 0.2, 7, balance="uniform"),
    Recipe("random", 0.02, minimum=5, without_copies=True),
    Recipe("k-center", 0.05, balance="own", class_counts={"3": 4, "8": 0}),
]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.strategy + recipe.balance)
def test_the_record_rebuilds_the_subset(run: Run, recipe: Recipe, tmp_path: Path) -> None:
    record(run.path, [1, 2], by="t", verdict="pin")
    record(run.path, [3], by="t", verdict="exclude")
    samples = run_candidates(run)
    subset = subset_of(run, samples, recipe)
    value = json.loads(json.dumps(recipe_record(run, samples, subset)))
    # What is decided later changes other subsets, not this one.
    record(run.path, subset.ids[:5].tolist(), by="t", verdict="exclude")
    found = rebuild(run, value)
    assert found.same
    assert found.differences == ()
    np.testing.assert_array_equal(found.subset.ids, subset.ids)


def test_what_differs_is_said(run: Run) -> None:
    samples = run_candidates(run)
    value = recipe_record(run, samples, subset_of(run, samples, Recipe()))
    table = pd.read_parquet(run.path / "samples.parquet")
    table["score"] = -table["score"]
    table.to_parquet(run.path / "samples.parquet", index=False)
    info = {**run.info, "profile": "other", "files": None}
    value["versions"] = {**value["versions"], "numpy": "0.1"}
    value["decisions"]["pinned"] = ["nowhere.png"]
    found = rebuild(Run(run.path, info), value)
    assert not found.same
    assert found.differences == (
        f"the profile was {run.info['profile']}, is other.",
        "the scores are not the same.",
        f"the version of numpy was 0.1, is {np.__version__}.",
        "1 pinned, excluded or relabelled samples are not in this run.",
    )


def test_on_the_command_line(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, again, file = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "r.json"
    source = str(run.path)
    recipe = Recipe("flexrand", 0.1, 0.3, 4, minimum=15, without_copies=True)
    words = ["prune", source, *prune_arguments(recipe)]
    assert main([*words, "--out", str(first), "--save-recipe", str(file)]) == 0
    assert read_record(file)["recipe"] == recipe.as_dict()
    assert main(["prune", source, "--recipe", str(file), "--out", str(again)]) == 0
    assert "this is the identical subset" in capsys.readouterr().err
    assert first.read_bytes() == again.read_bytes()
    value = json.loads(file.read_text())
    value["subset"]["digest"] = "0"
    file.write_text(json.dumps(value))
    again.unlink()
    assert main(["prune", source, "--recipe", str(file), "--out", str(again)]) == 2
    assert "nothing was written" in capsys.readouterr().err
    assert not again.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "x.csv"], "expected --keep F, or --recipe FILE"),
        (["--keep", "0.5", "--recipe", "r.json", "--out", "x.csv"], "leave out --keep"),
        (["--recipe", "no.json", "--out", "x.csv"], "no such file"),
        (["--keep", "0.5", "--class-count", "3", "--out", "x.csv"], "must be NAME=N"),
        (["--keep", "0.5", "--class-count", "x=3", "--out", "x.csv"], "counts class 'x'"),
        (["--keep", "0.5", "--minimum", "-1", "--out", "x.csv"], "minimum must be"),
        (["--keep", "0.5", "--scope", "global", "--balance", "uniform", "--out", "x.csv"],
         "scope global knows no classes"),
    ],
)  # fmt: skip
def test_mistakes_are_one_sentence(
    run: Run, words: list[str], said: str, capsys: pytest.CaptureFixture[str],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["prune", str(run.path), *words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize("text", ["nonsense", "[]", '{"format": 1}', '{"format": 9, "recipe": {},'
    ' "dataset": {}, "run": {}, "decisions": {}, "subset": {}}'])  # fmt: skip
def test_files_that_are_no_recipe(text: str, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text(text)
    with pytest.raises(DLCError, match=r"is no recipe|newer format"):
        read_record(file)


@pytest.mark.parametrize("command", ["prune", "report"])
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.strategy + recipe.balance)
def test_the_command_says_the_recipe(recipe: Recipe, command: str) -> None:
    from dlc_core.cli.recipe_options import recipe_values

    words = [command, "run", *prune_arguments(recipe), "--out", "x.csv"]
    assert Recipe.of(recipe_values(build_parser().parse_args(words))).as_dict() == recipe.as_dict()


def test_recipes_stay_in_the_run(run: Run) -> None:
    samples = run_candidates(run)
    value = recipe_record(run, samples, subset_of(run, samples, Recipe()))
    assert saved_recipes(run.path) == {}
    save_recipe(run.path, "A half", value)
    save_recipe(run.path, "b", value)
    (run.path / "subsets" / "torn.recipe.json").write_text("{")
    assert list(saved_recipes(run.path)) == ["A half", "b"]
    assert saved_recipes(run.path)["b"] == json.loads(json.dumps(value))
    delete_recipe(run.path, "b")
    delete_recipe(run.path, "b")
    assert list(saved_recipes(run.path)) == ["A half"]
    for name in ("../x", "", "a/b", ".hidden", "x" * 61):
        with pytest.raises(DLCError, match="name must be letters"):
            save_recipe(run.path, name, value)


def test_scores_of_ones_own(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = np.random.default_rng(0).permutation(len(run.samples)).astype(float)
    table = pd.DataFrame({"path": run.samples["path"], "forgetting": own})
    table.sample(frac=1, random_state=1).to_csv(tmp_path / "own.csv", index=False)
    out, file = tmp_path / "a.csv", tmp_path / "r.json"
    words = ["prune", str(run.path), "--scores", str(tmp_path / "own.csv"), "--out", str(out)]
    chosen = ["--keep", "0.1", "--strategy", "hardest", "--scope", "global"]
    assert main([*words, *chosen, "--save-recipe", str(file)]) == 0
    hardest = run.samples["id"].to_numpy()[np.sort(np.argsort(-own)[:180])]
    assert pd.read_csv(out)["id"].tolist() == hardest.tolist()
    out.unlink()
    assert main([*words, "--recipe", str(file)]) == 0
    assert out.is_file()
    capsys.readouterr()
    again = ["prune", str(run.path), "--recipe", str(file), "--out", str(tmp_path / "b.csv")]
    assert main(again) == 2
    assert "the scores are not the same" in capsys.readouterr().err
    assert main([*again[:2], *chosen, "--score-column", "x", *again[4:]]) == 2
    assert "expected --scores FILE" in capsys.readouterr().err


def test_labels_are_those_of_the_recipe(run: Run, tmp_path: Path) -> None:
    first, again, file = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "r.json"
    chosen = ["prune", str(run.path), "--keep", "0.5"]
    kept = subset_of(run, run_candidates(run), Recipe(keep_ratio=0.5)).ids[:2].tolist()
    record(run.path, kept[:1], by="t", relabel="7")
    assert main([*chosen, "--out", str(first), "--save-recipe", str(file)]) == 0
    record(run.path, kept, by="t", relabel="2")
    assert main(["prune", str(run.path), "--recipe", str(file), "--out", str(again)]) == 0
    assert first.read_bytes() == again.read_bytes()
    table = pd.read_csv(first).set_index("id")
    assert table.loc[kept[0], "label"] == 7
    assert table.loc[kept[1], "label"] == table.loc[kept[1], "original_label"]
    words = [*chosen, "--ignore-decisions", "--out", str(again), "--save-recipe", str(file)]
    assert main(words) == 2
    words.append("--overwrite")
    assert main(words) == 0
    assert "original_label" not in pd.read_csv(again)
    assert read_record(file)["decisions"] == {"pinned": [], "excluded": [], "relabelled": {}}
