from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import cast

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dlc_core.cli import main
from dlc_core.decisions import record
from dlc_core.evidence import folder_of, records
from dlc_core.jobs import jobs_in, measuring
from dlc_core.runs import Run
from tests.by_hand import without_digests

from .conftest import OpenPage

ARMS = ("flexrand:0.5", "hardest")


def said(at: AppTest) -> str:
    """Return all words of the page; HTML, too."""
    words = (*at.markdown, *at.caption, *at.info, *at.warning, *at.error)
    texts = [str(item.value) for item in words]
    texts += [item.proto.body for item in at.get("html")]
    return "\n".join(texts).replace("\\", "")


def ask_little(at: AppTest) -> None:
    """Set the form to a trial of a second."""
    at.multiselect(key="evidence-arms").set_value(list(ARMS))
    at.button_group(key="evidence-ratios").set_value([0.1, 0.3])
    at.number_input(key="evidence-seeds").set_value(2).run()


@pytest.fixture(scope="module")
def measured(digits_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with "digits", measured at 10 and 30 % with two seeds."""
    runs = tmp_path_factory.mktemp("measured")
    shutil.copytree(digits_run.path, runs / "digits")
    words = ["evidence", str(runs / "digits"), "--strategies", ",".join(ARMS)]
    assert main([*words, "--keep", "0.1,0.3", "--seeds", "2"]) == 0
    return runs


@pytest.fixture
def runs(measured: Path, tmp_path: Path) -> Path:
    """The same, for one test to spoil."""
    return shutil.copytree(measured, tmp_path / "runs")


def test_nothing_is_measured_until_it_is_asked_for(
    open_page: OpenPage, digits_run: Run, tmp_path: Path
) -> None:
    shutil.copytree(digits_run.path, tmp_path / "digits")
    at = open_page("evidence", tmp_path)
    assert "Nothing is measured yet" in said(at)
    assert "410 trainings of the probe, about" in said(at)  # five ways at eight sizes, ten seeds
    assert "is left out" not in said(at)
    kept = at.button_group(key="evidence-ratios")
    kept.set_value([*cast(list[float], kept.value), 0.9]).run()
    assert "90 % kept is left out: what is not held out is 1,258 of 1,797 samples" in said(at)
    ask_little(at)
    assert "14 trainings of the probe" in said(at)
    at.button(key="measure").click().run()
    assert not at.exception
    (started,) = jobs_in(tmp_path / "digits" / "evidence")
    typed = shlex.split(at.code[0].value)
    assert list(started.arguments) == typed[1:]
    until = time.monotonic() + 60
    while time.monotonic() < until:
        work = measuring.measuring_of(tmp_path / "digits")
        if work is not None and work.state != "running":
            break
        time.sleep(0.1)
    assert work is not None
    assert work.state == "done"
    at = open_page("evidence", tmp_path)  # another visitor finds it
    assert "At 30 % kept expect" in said(at)
    ask_little(at)
    assert "All of this is measured." in said(at)
    assert at.button(key="measure").disabled


def test_findings_are_shown_and_what_to_do_comes_first(open_page: OpenPage, measured: Path) -> None:
    at = open_page("evidence", measured)
    words = said(at)
    assert "At 30 % kept expect" in words
    assert "The Prune page's choice, FlexRand, split 50 %: " in words
    assert "4 comparisons with random at 95 %" in words
    table = at.dataframe[0].value
    assert table["name"].tolist() == ["full", *("random", *ARMS) * 2]
    assert table["verdict"].tolist()[1:4] == ["", "within noise", "within noise"]
    assert table["samples"].tolist()[:4] == [1258, 180, 180, 180]  # a tenth of all 1,797
    assert "Shares kept are of all 1,797 samples; full is the 1,258 that are not held out." in words
    assert table["strategy"].tolist()[2] == "FlexRand, split 50 %"
    assert {"evidence-csv", "evidence-json"} <= {b.key for b in at.get("download_button")}
    assert "linear probe" in words


def test_what_an_older_version_measured_is_another_measurement(
    open_page: OpenPage, runs: Path
) -> None:
    """Its shares were of what a split left: 3.5 % of the run went by the name of 5 %."""
    (folder,) = records(runs / "digits")
    settings = json.loads((folder / "settings.json").read_text())
    (folder / "settings.json").write_text(json.dumps({**settings, "format": 1}))
    folder.rename(folder_of(runs / "digits", {**settings, "format": 1}))
    without_digests(runs / "digits")
    at = open_page("evidence", runs)
    assert "Of smaller subsets than it names." in said(at)
    assert "Out of date" not in said(at)
    ask_little(at)
    assert "14 trainings of the probe" in said(at)  # none of it counts as done
    assert "is not measured yet" in said(open_page("prune", runs))


def test_another_share_kept_is_answered_by_the_nearest(open_page: OpenPage, measured: Path) -> None:
    at = open_page("prune", measured)
    at.slider(key="pruned").set_value(88).run()
    at.slider(key="split").set_value(20).run()
    at.switch_page("pages/evidence.py").run()
    assert not at.exception
    words = said(at)
    assert "At 10 % kept expect" in words
    assert "The Prune page keeps 12 %; 10 % is the nearest that was measured." in words
    assert "FlexRand, split 20 %, leans easy, is not measured yet." in words
    assert at.multiselect(key="evidence-arms").value[0] == "flexrand:0.2"


def test_old_evidence_is_shown_as_old(open_page: OpenPage, runs: Path) -> None:
    run = Run.open(runs / "digits")
    assert "Out of date" not in said(open_page("evidence", runs))
    record(run.path, run.samples["id"].to_numpy()[:50].tolist(), by="one", verdict="exclude")
    at = open_page("evidence", runs)
    assert "**Out of date.**" in said(at)
    assert "At 30 % kept expect" in said(at)
    assert not at.button(key="measure").disabled
    assert "Measured before scores or decisions changed" in said(open_page("prune", runs))


def test_prune_says_what_is_measured(
    open_page: OpenPage, measured: Path, digits_runs: Path
) -> None:
    at = open_page("prune", measured)
    assert "At 30 % kept expect" in said(at)
    at.slider(key="pruned").set_value(30).run()  # nothing was measured near 70 % kept
    assert "is not measured yet" in said(at)
    assert "is not measured yet" in said(open_page("prune", digits_runs))


def test_other_methods_stand_beside_the_probe(open_page: OpenPage, runs: Path) -> None:
    (folder,) = records(runs / "digits")
    other = folder.with_name("0" * 16)
    shutil.copytree(folder, other)
    settings = json.loads((other / "settings.json").read_text())
    settings["method"] = {"name": "finetune"}
    (other / "settings.json").write_text(json.dumps(settings))
    without_digests(runs / "digits")
    at = open_page("evidence", runs)
    assert "Beside it: finetune" in [item.value for item in at.subheader]
    assert "agree on the sign of the gap to random in **4 of 4** comparisons" in said(at)


def test_too_few_samples_have_no_accuracy(
    open_page: OpenPage, folder: Path, tmp_path: Path
) -> None:
    for file in [*folder.glob("cats/*")][1:] + [*folder.glob("dogs/*")][2:]:
        file.unlink()
    runs = tmp_path / "runs"
    assert main(["score", str(folder), "--masks", "1", "--out", str(runs / "cats")]) == 0
    at = open_page("evidence", runs)
    assert "3 samples in 2 classes; accuracy needs at least 4" in said(at)
    assert [button.key for button in at.button if button.key == "measure"] == []
    at = open_page("prune", runs)
    at.button(key="auto").click().run()
    assert not at.exception
    assert "3 samples in 2 classes; accuracy needs at least 4" in said(at)


def test_a_typed_strategy_is_checked(open_page: OpenPage, measured: Path) -> None:
    at = open_page("evidence", measured)
    at.text_input(key="evidence-typed").set_value("flexrand:0.3, trimmed:auto@probe").run()
    assert "flexrand:0.3,trimmed:auto@probe" in at.code[0].value
    at.text_input(key="evidence-typed").set_value("flexrand:0.3, nonsense").run()
    assert not at.exception
    assert "unknown strategy 'nonsense'" in said(at)
    assert "At 30 % kept expect" in said(at)  # what is measured stays in sight


def test_the_page_asks_for_no_learning_library(measured: Path) -> None:
    script = (
        "import os, sys, json\n"
        f"os.environ['DLC_RUNS'] = {str(measured)!r}\n"
        "from streamlit.testing.v1 import AppTest\n"
        "at = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "at.switch_page('pages/evidence.py').run()\n"
        "assert at.title[0].value == 'Evidence'\n"
        "print([name for name in ('torch', 'sklearn', 'scipy') if name in sys.modules])\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_split_is_chosen_by_evidence(open_page: OpenPage, runs: Path) -> None:
    at = open_page("prune", runs)
    at.slider(key="pruned").set_value(95).run()
    at.button(key="auto").click().run()
    assert not at.exception
    assert "dlc auto" in at.code[0].value
    assert "--strategy flexrand:auto --keep 0.05" in at.code[0].value
    assert main(shlex.split(at.code[0].value)[1:]) == 0  # as the button does, in a process
    at.run()
    words = said(at)
    assert "trainings of the probe" in words
    (file,) = (runs / "digits" / "evidence" / "auto").glob("*.json")
    chosen = json.loads(file.read_text())["arm"]
    at.button(key="auto-use").click().run()
    assert not at.exception
    strategy, _, gamma = chosen.partition(":")
    assert at.selectbox(key="strategy").value == strategy
    if gamma:
        assert at.slider(key="split").value == round(100 * float(gamma))
    assert [button.key for button in at.button if button.key == "auto-use"] == []  # closed


def test_what_belongs_together_is_asked_for(
    open_page: OpenPage, digits_run: Run, tmp_path: Path
) -> None:
    run = tmp_path / "digits"
    shutil.copytree(digits_run.path, run)
    ids = digits_run.samples["id"]
    odd = "![x](http://evil.example)"
    pd.DataFrame({"id": ids, "writer": ids % 30, odd: "x"}).to_parquet(run / "columns.parquet")
    info = json.loads((run / "run.json").read_text())
    info["dataset"]["asked"] = {"group_column": "writer"}
    (run / "run.json").write_text(json.dumps(info))
    without_digests(run)
    at = open_page("evidence", tmp_path)
    together = at.selectbox(key="evidence-groups-digits")
    assert together.value == "writer"  # that it was scored with
    assert together.options == ["nothing: each sample alone", "writer", odd]
    assert shlex.split(at.code[0].value)[-2:] == ["--group-column", "writer"]
    assert main([*shlex.split(at.code[0].value)[1:], "--keep", "0.1", "--seeds", "2"]) == 0
    at = open_page("evidence", tmp_path)
    assert "each writer whole on one side" in said(at)
    assert "cannot be told here" not in said(at)
    at.selectbox(key="evidence-groups-digits").set_value("").run()
    assert shlex.split(at.code[0].value)[-1] == "--no-groups"
    at.selectbox(key="evidence-groups-digits").set_value(odd).run()
    assert "nothing of" in said(at)  # all in one group: one sentence, no traceback
    assert not at.exception
