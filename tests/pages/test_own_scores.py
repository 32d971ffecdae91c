"""Scores beside the run's own on Explore and Prune: chosen, brought, replaced, deleted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import dlc_core as dlc
from dlc_core.recipes import saved_recipes
from dlc_core.runs import Run
from dlc_core.scores import import_scores, percentile_of, scores_of, stored_scores

from .conftest import OpenPage


@pytest.fixture
def run(digits_run: Run, tmp_path: Path) -> Run:
    """A copy of the digits in a folder of runs of its own."""
    return Run.open(shutil.copytree(digits_run.path, tmp_path / "runs" / "copy"))


def kept(at: AppTest) -> str:
    return next(metric.value for metric in at.metric if metric.label == "Kept")


def words(at: AppTest) -> str:
    return " ".join(item.value for item in at.markdown)


def table(run: Run, *, seed: int = 0, drop: int = 0) -> bytes:
    own = np.random.default_rng(seed).permutation(len(run.samples))
    frame = run.samples[["path"]].assign(a=own, b=-own).iloc[drop:]
    return frame.to_csv(index=False).encode()


def test_prune_orders_by_the_chosen_score(open_page: OpenPage, run: Run) -> None:
    import_scores(run, "mine", np.arange(len(run.samples))[::-1])
    at = open_page("prune", run.path.parent, address={"strategy": "hardest", "pruned": 90})
    assert list(at.selectbox(key="order-by").options)[1:] == [
        "unmasked", "suspicion", "neighbours", "mine",
    ]  # fmt: skip
    assert "by mine" not in words(at)
    at.selectbox(key="order-by").set_value("mine").run()
    assert not at.exception
    subset = dlc.select(run, strategy="hardest", keep_ratio=0.1, score="mine")
    assert kept(at) == f"{len(subset):,}"
    assert "**Hardness within the class** by mine: kept and dropped" in words(at)
    at.selectbox(key="strategy").set_value("flexrand").run()
    assert "**Two pools** by mine" in words(at)
    at.text_input(key="recipe-name").set_value("A").run()
    at.button(key="recipe-save").click().run()
    record = saved_recipes(run.path)["A"]
    assert record["recipe"]["score"] == "mine"
    subset = dlc.select(run, keep_ratio=0.1, score="mine")
    from dlc_core.recipes import rebuild

    assert rebuild(run, json.loads(json.dumps(record))).subset.ids.tolist() == subset.ids.tolist()
    assert rebuild(run, record).differences == ()
    at.selectbox(key="order-by").set_value("score").run()
    at.selectbox(key="recipe-beside").set_value("A").run()
    at.button(key="recipe-use").click().run()
    assert at.selectbox(key="order-by").value == "mine"


def test_the_export_takes_the_score_along(open_page: OpenPage, run: Run) -> None:
    at = open_page("export", run.path.parent, address={"order-by": "unmasked", "pruned": 90})
    subset = dlc.select(run, keep_ratio=0.1, score="unmasked")
    assert at.dataframe[0].value["id"].tolist() == subset.ids[:20].tolist()
    assert "--score unmasked" in at.code[0].value
    assert "score unmasked" in words(at)


def test_explore_goes_by_the_chosen_score(open_page: OpenPage, run: Run) -> None:
    at = open_page("explore", run.path.parent, address={"by": "unmasked", "hardness": "90..100"})
    hard = percentile_of(run, "unmasked") >= 90
    assert f"**Shown: {int(hard.sum()):,}** of 1,797" in words(at)
    assert sorted(at.session_state["open_list"]) == run.samples["id"][hard].tolist()
    assert "**Scores** by unmasked" in words(at)
    at.button(key="chip-by").click().run()
    hard = run.samples["percentile"].to_numpy() >= 90
    assert sorted(at.session_state["open_list"]) == run.samples["id"][hard].tolist()
    at.selectbox(key="choice-by").set_value("suspicion").run()
    assert not at.exception
    hard = percentile_of(run, "suspicion") >= 90
    assert sorted(at.session_state["open_list"]) == run.samples["id"][hard].tolist()


def test_a_range_of_raw_scores_goes_when_the_score_does(open_page: OpenPage, run: Run) -> None:
    middle = float(run.samples["score"].median())
    at = open_page("explore", run.path.parent, address={"score": f"0..{middle!r}"})
    assert "**Shown:" in words(at)
    at.selectbox(key="choice-by").set_value("neighbours").run()
    assert "**All samples: 1,797**" in words(at)


def test_the_dialog_tells_the_other_scores(open_page: OpenPage, run: Run) -> None:
    import_scores(run, "mine", np.arange(len(run.samples)) / 7)
    at = open_page("explore", run.path.parent, open_sample=("copy", 40))
    told = " ".join(item.value for item in at.caption)
    value = scores_of(run, "mine")[40]
    assert f"mine {value:.6g} (**{percentile_of(run, 'mine')[40]:.0f}**)" in told


@pytest.mark.parametrize("page", ["prune", "explore"])
def test_a_table_is_brought_replaced_deleted_and_brought_back(
    open_page: OpenPage, run: Run, page: str
) -> None:
    at = open_page(page, run.path.parent)
    key = "order-by" if page == "prune" else "choice-by"
    assert not at.file_uploader
    at.button(key="own-scores").click().run()
    at.file_uploader[0].set_value(("my scores.csv", table(run), "text/csv")).run()
    assert at.text_input(key="own-scores-name-0").value == "my-scores"
    at.selectbox(key="own-scores-column-0").set_value("b").run()
    at.button(key="own-scores-import").click().run()
    assert not at.exception
    assert not at.file_uploader  # closed
    assert at.selectbox(key=key).value == "my-scores"
    expected = -np.random.default_rng(0).permutation(len(run.samples))
    assert scores_of(run, "my-scores").tolist() == expected.tolist()

    at.button(key="own-scores").click().run()
    at.file_uploader[0].set_value(("my-scores.csv", table(run, seed=1), "text/csv")).run()
    assert any("will be replaced" in item.value for item in at.caption)
    at.button(key="own-scores-import").click().run()
    expected = np.random.default_rng(1).permutation(len(run.samples))
    assert scores_of(run, "my-scores").tolist() == expected.tolist()

    at.button(key="own-scores").click().run()
    at.button(key="own-scores-delete-my-scores").click().run()
    assert not at.exception
    assert stored_scores(run) == []
    assert at.selectbox(key=key).value == "score"
    at.button(key="own-scores-undo").click().run()
    assert scores_of(run, "my-scores").tolist() == expected.tolist()
    assert not at.exception


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("x.csv", b"", "holds no table of scores"),
        ("x.parquet", b"PAR1", "holds no table of scores"),
        ("x.json", b"[1, 2]", "x.json is no list of records"),
        ("x.csv", b"score\n1\n", "expected a column id or path, got 'score'"),
        ("x.csv", b"path,label\na,b\n", "no column of numbers"),
    ],
)
def test_what_is_no_table_is_said_at_once(
    open_page: OpenPage, digits_runs: Path, name: str, data: bytes, said: str
) -> None:
    at = open_page("prune", digits_runs)
    at.button(key="own-scores").click().run()
    at.file_uploader[0].set_value((name, data, "text/csv")).run()
    assert not at.exception
    assert any(said in item.value.replace("\\", "") for item in at.error)


def test_a_table_that_lacks_samples_changes_nothing(open_page: OpenPage, run: Run) -> None:
    at = open_page("prune", run.path.parent)
    at.button(key="own-scores").click().run()
    at.file_uploader[0].set_value(("x.csv", table(run, drop=2), "text/csv")).run()
    at.button(key="own-scores-import").click().run()
    assert any("2 of 1,797 are missing" in item.value.replace("\\", "") for item in at.toast)
    at.file_uploader[0].set_value(("x.csv", table(run), "text/csv")).run()  # it is still open
    at.text_input(key="own-scores-name-0").set_value("../x").run()
    at.button(key="own-scores-import").click().run()
    assert any("name must be letters" in item.value for item in at.toast)
    assert stored_scores(run) == []


def test_a_chosen_score_that_another_run_lacks(open_page: OpenPage, run: Run) -> None:
    at = open_page("prune", run.path.parent, **{"order-by": "gone"})
    assert at.selectbox(key="order-by").value == "score"
    assert kept(at) == f"{len(dlc.select(run, keep_ratio=0.3)):,}"
    at = open_page("explore", run.path.parent, address={"by": "gone"})
    assert "**All samples: 1,797**" in words(at)
