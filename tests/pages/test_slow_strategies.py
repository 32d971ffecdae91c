from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import dlc_core as dlc
from dashboard import slow_strategies
from dlc_core import jobs
from dlc_core.decisions import record
from dlc_core.jobs import choosing_order
from dlc_core.recipes import Recipe, recipe_record, run_candidates, save_recipe, subset_of
from dlc_core.runs import Run

from .conftest import OpenPage

SLOW = {"strategy": "herding", "pruned": 80}


@pytest.fixture
def run(digits_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The digits, which are too many to choose from at once."""
    monkeypatch.setattr(slow_strategies, "QUICK", 0.0)
    return Run.open(shutil.copytree(digits_run.path, tmp_path / "digits"))


def text(at: AppTest) -> str:
    return "\n".join(str(item.value) for item in (*at.markdown, *at.caption, *at.error))


def until(at: AppTest, done: Callable[[], bool]) -> None:
    """Draw the page again and again, as its clock does in a browser."""
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end, text(at)
        time.sleep(0.1)
        at.run()
        assert not at.exception


def started(run: Run) -> list[jobs.Job]:
    return jobs.jobs_in(run.path / choosing_order.FOLDER)


def alive(run: Run) -> bool:
    """Whether a process works on an order of this run."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and int(folder.name) != os.getpid():
            try:
                words = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if b"--save-order" in words and str(run.path).encode() in words:
                return True
    return False


def kept(at: AppTest) -> str:
    return next((item.value for item in at.metric if item.label == "Kept"), "")


def test_a_job_chooses_and_what_follows_is_quick(open_page: OpenPage, run: Run) -> None:
    at = open_page("prune", run.path.parent, address=SLOW)
    assert "**still being chosen** by herding among 1,797 samples" in text(at)
    assert kept(at) == ""
    assert at.button(key="recipe-save").disabled
    assert started(run) == []  # a slider may still be moving
    until(at, lambda: bool(kept(at)))
    assert kept(at) == "359"
    at.slider(key="pruned").set_value(95).run()
    assert kept(at) == "90"  # a part of the same order
    at.number_input(key="minimum").set_value(8).run()
    expected = dlc.select(run, strategy="herding", keep_ratio=0.05, minimum=8)
    assert kept(at) == f"{len(expected):,}"
    assert len(started(run)) == 1
    record(run.path, [int(run.samples["id"].to_numpy()[7])], by="one", verdict="exclude")
    at.run()
    assert "still being chosen" in text(at)  # of other decisions


def test_another_recipe_cancels_the_job(open_page: OpenPage, run: Run) -> None:
    at = open_page("prune", run.path.parent, address={"strategy": "zcore"})
    until(at, lambda: bool(started(run)))
    assert alive(run)
    at.selectbox(key="strategy").set_value("random").run()
    assert kept(at) == "539"
    until(at, lambda: not alive(run))
    assert list((run.path / choosing_order.FOLDER).glob("*.npz")) == []


def test_a_person_cancels_and_chooses_again(open_page: OpenPage, run: Run) -> None:
    at = open_page("prune", run.path.parent, address={"strategy": "zcore"})
    until(at, lambda: bool(started(run)))
    at.button(key="choosing-cancel-present").click().run()
    at.run()
    assert "was not chosen: **stopped**" in text(at)
    until(at, lambda: not alive(run))
    time.sleep(slow_strategies.REST)
    at.run()
    assert not alive(run)  # nothing starts by itself
    at.button(key="choose-again-present").click().run()
    until(at, lambda: bool(kept(at)))


def test_a_job_that_fails_says_why(
    open_page: OpenPage, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = open_page("prune", run.path.parent, address=SLOW)
    shutil.move(run.path / "samples.parquet", run.path / "gone")
    (run.path / "samples.parquet").write_bytes(b"")
    item = at.session_state["choosing"][slow_strategies.PRESENT]
    slow_strategies.start(item)
    end = time.monotonic() + 60
    while jobs.job_of(item.job.file).state == "running" and time.monotonic() < end:  # type: ignore[union-attr]
        time.sleep(0.1)
    (run.path / "gone").replace(run.path / "samples.parquet")
    at.run()
    (error,) = at.error
    assert "could not be chosen: " in error.value
    assert "Traceback" not in error.value
    at.button(key="choose-again-present").click().run()
    until(at, lambda: kept(at) == "359")


def test_export_and_explore_wait_for_the_same_job(open_page: OpenPage, run: Run) -> None:
    at = open_page("export", run.path.parent, address=SLOW)
    assert "still being chosen" in text(at)
    assert not at.get("download_button")
    at.session_state["choices"] = {"colour": "subset"}
    at.session_state["strategy"], at.session_state["pruned"] = SLOW.values()
    at.switch_page("pages/explore.py").run()
    assert "What is kept and dropped is **still being chosen**" in text(at)
    until(at, lambda: "still being chosen" not in text(at))
    assert len(started(run)) == 1
    at = open_page("export", run.path.parent, address=SLOW)
    assert "359 of 1,797 samples" in text(at)


def test_one_beside_is_waited_for_alone(open_page: OpenPage, run: Run) -> None:
    samples = run_candidates(run)
    found = subset_of(run, samples, Recipe("herding", 0.2))
    save_recipe(run.path, "slow", recipe_record(run, samples, found))
    at = open_page("prune", run.path.parent, **{"recipe-beside": "slow"})
    assert kept(at) == "539"
    assert "B, slow, is **still being chosen**" in text(at)
    until(at, lambda: "**Two recipes**" in text(at))
    assert any("359 (20.0 %)" in item.proto.body for item in at.get("html"))
