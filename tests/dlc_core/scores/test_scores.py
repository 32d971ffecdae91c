"""The scores of a run beside its own, and those that a person brings."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import dlc_core as dlc
from dlc_core.cli import main
from dlc_core.errors import DLCError
from dlc_core.issues import read_issues, read_neighbours
from dlc_core.needs import lacking
from dlc_core.recipes import Recipe, rebuild, recipe_record, run_candidates, subset_of
from dlc_core.report.kept import kept_of, subset_in_file
from dlc_core.runs import Run
from dlc_core.scores import (
    OWN,
    PROBE,
    SCORES,
    delete_scores,
    import_scores,
    make_probe,
    percentile_of,
    score_names,
    scores_of,
)
from dlc_core.selection.candidates import with_decisions, with_scores
from dlc_core.selection.draw import draw_order
from tests.by_hand import without_digests
from tests.dlc_core.features.probe_literal import margins_left_out

COMPUTED = [name for name in SCORES if name != PROBE]  # that one is made on demand


@pytest.fixture
def run(digits_run: Run, tmp_path: Path) -> Run:
    """A copy of the scored digits that a test may change."""
    return Run.open(shutil.copytree(digits_run.path, tmp_path / "run"))


def some(run: Run, seed: int = 0) -> NDArray[np.float64]:
    """Scores with many ties, negative ones among them."""
    return np.random.default_rng(seed).integers(-50, 50, len(run.samples)).astype(np.float64)


def test_what_a_run_can_give(digits_run: Run) -> None:
    assert list(score_names(digits_run)) == COMPUTED
    for name in COMPUTED:
        values = scores_of(digits_run, name)
        assert values.shape == (len(digits_run.samples),)
        assert values.dtype == np.float64
        assert np.isfinite(values).all()
    assert scores_of(digits_run).tolist() == digits_run.samples["score"].tolist()


def test_the_probes_score_is_made_once_and_kept(run: Run) -> None:
    with pytest.raises(DLCError, match=r"no score 'probe' yet; make it with dlc scores RUN --make"):
        scores_of(run, PROBE)
    assert main(["scores", str(run.path), "--make", "probe"]) == 0
    assert PROBE in score_names(run)
    found = scores_of(run, PROBE)
    rows = run.samples["class_id"].to_numpy()
    few = np.random.default_rng(0).permutation(len(rows))[:12]
    # The demo backbone has fewer dimensions than are kept, so nothing is lost by the reduction.
    literal = margins_left_out(np.asarray(run.features, dtype=np.float64), rows, 10, few)
    np.testing.assert_allclose(found[few], literal, atol=2e-3)
    assert main(["prune", str(run.path), "--keep", "0.1", "--score", "probe", "--out",
                 str(run.path.with_name("kept.csv"))]) == 0  # fmt: skip


def test_unmasked_is_the_score_of_a_single_mask(digits_run: Run, tmp_path: Path) -> None:
    assert main(["score", "digits", "--masks", "1", "--out", str(tmp_path / "one")]) == 0
    single = Run.open(tmp_path / "one").samples["score"].to_numpy()
    assert (scores_of(digits_run, "unmasked") == single.astype(np.float32)).all()
    assert (scores_of(digits_run, "unmasked") != scores_of(digits_run)).any()


def test_unmasked_against_the_formula(digits_run: Run) -> None:
    """Slow: distances to the centroids of the features, one sample after another."""
    features = digits_run.features.astype(np.float64)
    ids = digits_run.samples["class_id"].to_numpy()
    centroids = np.array([features[ids == c].mean(axis=0) for c in range(len(digits_run.classes))])
    found = scores_of(digits_run, "unmasked")
    for row in range(0, len(ids), 97):
        distances = np.maximum(np.linalg.norm(features[row] - centroids, axis=1), 1e-6)
        logits = 1 / distances
        loss = np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[ids[row]]
        assert found[row] == pytest.approx(loss, rel=2e-3)  # features are stored as float16


def test_suspicion_and_neighbours_against_their_files(digits_run: Run) -> None:
    kinds, near = read_issues(digits_run), read_neighbours(digits_run)
    assert kinds is not None
    assert near is not None
    assert scores_of(digits_run, "suspicion").tolist() == kinds["suspicion"].tolist()
    ids = digits_run.samples["class_id"].tolist()
    found = scores_of(digits_run, "neighbours")
    mean = [float(np.mean(row.astype(np.float64))) for row in near[1]]
    others = [sum(ids[n] != ids[row] for n in near[0][row]) for row in range(len(ids))]
    assert np.floor(found).astype(int).tolist() == others
    by = sorted(range(len(ids)), key=lambda row: (others[row], mean[row]))
    assert (np.diff(found[by]) >= 0).all()
    assert len(np.unique(found)) > 0.9 * len(found)  # a plain share would have 11 values


def test_a_run_of_one_class_has_no_score_that_compares_classes(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {"suspicion", "neighbours"} <= set(score_names(run))
    table = pd.read_parquet(run.path / "samples.parquet").assign(class_id=0, label="0")
    table.to_parquet(run.path / "samples.parquet", index=False)
    one = Run.open(without_digests(run.path))
    assert list(score_names(one)) == ["score", "unmasked"]
    assert main(["scores", str(run.path), "--make", "probe"]) == 2
    assert "needs samples of at least two classes" in capsys.readouterr().err
    with pytest.raises(DLCError, match="at least two classes"):
        make_probe(one)
    assert lacking(one, ["features"]) == ""
    (run.path / "features.npy").unlink()
    assert (
        lacking(one, ["classes", "features"])
        == "samples of at least two classes and features (features.npy)"
    )


def test_without_kinds_they_are_not_offered(run: Run) -> None:
    (run.path / "kinds.parquet").unlink()
    (run.path / "neighbours.npy").unlink()
    assert list(score_names(run)) == [OWN, "unmasked"]
    for name in ("suspicion", "neighbours"):
        with pytest.raises(DLCError, match=rf"has no score '{name}' yet; find .* dlc kinds"):
            scores_of(run, name)
    masking = {**run.info["masking"], "done": [2]}
    early = replace(run, info={**run.info, "masking": masking})
    assert list(score_names(early)) == [OWN]
    with pytest.raises(DLCError, match="dlc score --resume"):
        scores_of(early, "unmasked")


def test_own_scores_are_kept_replaced_and_deleted(run: Run) -> None:
    first, second = some(run), some(run, 1)
    assert import_scores(run, "el2n-0.1", first) is False
    assert list(score_names(run)) == [*COMPUTED, "el2n-0.1"]
    assert (scores_of(run, "el2n-0.1") == first).all()
    assert import_scores(run, "el2n-0.1", second.tolist()) is True
    assert (scores_of(run, "el2n-0.1") == second).all()
    file = run.path / "scores" / "el2n-0.1.parquet"
    table = pd.read_parquet(file)
    assert table["id"].tolist() == run.samples["id"].tolist()
    names = {file.name, f"{file.name}.sum"}  # nothing temporary
    assert {path.name for path in file.parent.iterdir()} == names
    assert file.parent.stat().st_mode & 0o077 == 0
    table.sample(frac=1, random_state=0).to_parquet(file)
    (file.parent / f"{file.name}.sum").unlink()  # of an older version
    assert (scores_of(run, "el2n-0.1") == second).all()
    delete_scores(run, "el2n-0.1")
    assert list(score_names(run)) == COMPUTED
    with pytest.raises(DLCError, match=r"keeps no score named 'el2n-0\.1'"):
        delete_scores(run, "el2n-0.1")
    with pytest.raises(DLCError, match=r"only score, unmasked, .* dlc scores RUN --import"):
        scores_of(run, "el2n-0.1")


@pytest.mark.parametrize(
    "name", ["", "../x", "a/b", ".hidden", "-x", "x" * 41, "ü", "a b", "a\n", "score", "unmasked"]
)
def test_names_that_cannot_be(run: Run, name: str) -> None:
    for act in (lambda: import_scores(run, name, some(run)), lambda: delete_scores(run, name)):
        with pytest.raises(DLCError, match=r"name must be letters|is the run's own"):
            act()
    assert not (run.path / "scores").exists()


def test_values_that_cannot_be(run: Run) -> None:
    with pytest.raises(DLCError, match=r"each of 1,797 samples, got \(3,\)"):
        import_scores(run, "x", [1.0, 2.0, 3.0])
    values = some(run)
    values[4] = np.nan
    with pytest.raises(DLCError, match="finite, got 1 that"):
        import_scores(run, "x", values)
    assert not (run.path / "scores").exists()


def test_files_that_do_not_fit_are_passed_over_and_said(run: Run) -> None:
    folder = run.path / "scores"
    import_scores(run, "short", some(run))
    pd.read_parquet(folder / "short.parquet").iloc[1:].to_parquet(folder / "short.parquet")
    (folder / "short.parquet.sum").unlink()  # of an older version
    (folder / "torn.parquet").write_bytes(b"PAR1")
    (folder / "no name.parquet").write_bytes(b"")
    run.samples[["id"]].to_parquet(folder / "bare.parquet")
    assert "short" not in score_names(run)
    assert "torn" not in score_names(run)
    with pytest.raises(DLCError, match="of other samples"):
        scores_of(run, "short")
    for name in ("torn", "bare"):
        with pytest.raises(DLCError, match="damaged; bring or make the score again"):
            scores_of(run, name)


def test_the_percentile_is_that_of_the_runs_own_ranking(run: Run) -> None:
    import_scores(run, "copy", run.samples["score"])
    expected = run.samples["percentile"].tolist()
    assert percentile_of(run, "copy").tolist() == expected
    assert percentile_of(run).tolist() == expected
    import_scores(run, "ties", some(run))
    values, ids = some(run), run.samples["class_id"].to_numpy()
    paths, found = run.samples["path"].tolist(), percentile_of(run, "ties")
    for row in range(0, len(ids), 41):
        members = [other for other in range(len(ids)) if ids[other] == ids[row]]
        below = sum((values[m], paths[m]) < (values[row], paths[row]) for m in members)
        assert found[row] == pytest.approx(100 * below / (len(members) - 1))


def test_candidates_reordered_are_those_made_anew_with_the_same_draw(run: Run) -> None:
    values = some(run)
    pinned = np.arange(len(values)) % 50 == 0
    excluded = np.arange(len(values)) % 50 == 1
    plain = run_candidates(run, decisions=False)
    moved = with_scores(with_decisions(plain, pinned=pinned, excluded=excluded), values)
    anew = with_decisions(
        run_candidates(run, decisions=False, scores=values), pinned=pinned, excluded=excluded
    )
    assert (moved.place == anew.place).all()
    assert (moved.counts == anew.counts).all()
    assert (moved.pinned == anew.pinned).all()
    assert draw_order(moved.named, seed=3) is draw_order(plain.named, seed=3)
    with pytest.raises(DLCError, match="finite"):
        with_scores(plain, np.full(len(plain), np.nan))
    with pytest.raises(DLCError, match="expected 1,797 scores"):
        with_scores(plain, values[1:])


@pytest.mark.parametrize("name", ["unmasked", "suspicion", "neighbours", "mine"])
def test_a_subset_by_another_score(run: Run, name: str) -> None:
    import_scores(run, "mine", some(run))
    found = dlc.select(run, strategy="hardest", keep_ratio=0.1, scope="global", score=name)
    paths = run.samples["path"].tolist()
    values = scores_of(run, name).tolist()
    hardest = sorted(range(len(paths)), key=lambda row: (values[row], paths[row]))[-len(found) :]
    assert found.positions.tolist() == sorted(hardest)
    assert found.recipe.as_dict()["score"] == name


def test_the_plain_choice_is_left_out_and_old_recipes_load() -> None:
    assert "score" not in Recipe().as_dict()
    assert Recipe.of({"strategy": "flexrand", "keep_ratio": 0.3}).score == OWN
    with pytest.raises(DLCError, match="score's name must be"):
        Recipe(score="../x")
    with pytest.raises(DLCError, match="score's name must be"):
        Recipe.of({"score": 3})


def test_a_record_names_the_score_and_says_when_its_values_differ(run: Run) -> None:
    import_scores(run, "mine", some(run))
    recipe = Recipe(keep_ratio=0.2, score="mine")
    samples = run_candidates(run, scores=scores_of(run, "mine"))
    value = json.loads(json.dumps(recipe_record(run, samples, subset_of(run, samples, recipe))))
    assert value["recipe"]["score"] == "mine"
    found = rebuild(run, value)
    assert found.same
    assert found.differences == ()
    import_scores(run, "mine", some(run, 1))
    found = rebuild(run, value)
    assert not found.same
    assert found.differences == ("the values of the score 'mine' are not the same.",)
    delete_scores(run, "mine")
    with pytest.raises(DLCError, match="has no score 'mine'"):
        rebuild(run, value)


def test_on_the_command_line(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out, file = str(run.path), tmp_path / "a.json", tmp_path / "r.json"
    table = run.samples[["path"]].assign(a=some(run), b=some(run, 1))
    table.to_csv(tmp_path / "own.csv", index=False)
    taken = ["scores", source, "--import", str(tmp_path / "own.csv")]
    assert main([*taken, "--name", "mine", "--column", "b"]) == 0
    assert "imported the score mine of 1,797 samples" in capsys.readouterr().err
    assert (scores_of(run, "mine") == table["b"]).all()
    assert main([*taken, "--name", "mine", "--column", "a", "--json"]) == 0
    told = capsys.readouterr()
    assert "replaced the score mine" in told.err
    last = json.loads(told.out.splitlines()[-1])
    assert [row["name"] for row in last["scores"]] == [*COMPUTED, "mine"]
    assert last["scores"][-1]["imported"] is True
    chosen = ["prune", source, "--keep", "0.1", "--strategy", "hardest", "--score", "mine"]
    assert main([*chosen, "--out", str(out), "--save-recipe", str(file)]) == 0
    expected = dlc.select(run, strategy="hardest", keep_ratio=0.1, score="mine")
    assert json.loads(out.read_text())["recipe"]["score"] == "mine"
    again = ["prune", source, "--recipe", str(file), "--out", str(tmp_path / "b.csv")]
    assert main(again) == 0
    assert pd.read_csv(tmp_path / "b.csv")["id"].tolist() == expected.ids.tolist()
    kept = subset_in_file(run, out)
    assert isinstance(kept, dlc.Subset)
    from dlc_core.decisions import read_log

    state = read_log(run.path).state(run.samples["id"].to_numpy())
    assert kept_of(run, kept, state).remarks[0].startswith("Chosen by the score 'mine'")
    assert main(["scores", source, "--delete", "mine"]) == 0
    assert not isinstance(subset_in_file(run, out), dlc.Subset)
    capsys.readouterr()
    assert main([*again, "--overwrite"]) == 2
    assert "has no score 'mine', only score, unmasked" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scores", "RUN", "--name", "x"], "expected --import FILE, too"),
        (["scores", "RUN", "--column", "x"], "expected --import FILE, too"),
        (["scores", "RUN", "--import", "x.csv"], "expected --name NAME"),
        (["scores", "RUN", "--import", "x.csv", "--name", "x"], "no such file: x.csv"),
        (["scores", "RUN", "--import", "x.csv", "--delete", "x"], "got --import and --delete"),
        (["scores", "RUN", "--delete", "x"], "keeps no score named 'x'"),
        (["scores", "RUN", "--delete", "score"], "is the run's own"),
        (["prune", "RUN", "--keep", "0.3", "--score", "x", "--out", "x.csv"], "has no score 'x'"),
        (["prune", "RUN", "--keep", "0.3", "--score", "unmasked", "--scores", "x.csv", "--out",
          "x.csv"], "got --score and --scores"),
    ],
)  # fmt: skip
def test_mistakes_are_one_sentence(
    digits_run: Run, words: list[str], said: str, capsys: pytest.CaptureFixture[str],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main([str(digits_run.path) if word == "RUN" else word for word in words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not (tmp_path / "x.csv").exists()
