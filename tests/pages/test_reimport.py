"""What was taken away comes back on the Export page: recipes, decisions, subsets; nothing hurts."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import dlc_core as dlc
from dashboard.explore import filter_in_address
from dlc_core.cli import main
from dlc_core.decisions import read_log, record
from dlc_core.export import encode_subset
from dlc_core.jobs.export_history import exports_of
from dlc_core.recipes import Recipe, recipe_record, run_candidates, saved_recipes, subset_of
from dlc_core.reimport import kept_ids
from dlc_core.runs import Run

from .conftest import OpenPage


@pytest.fixture
def run(digits_run: Run, tmp_path: Path) -> Run:
    """A run of its own, the only one of the page."""
    return Run.open(shutil.copytree(digits_run.path, tmp_path / "runs" / "own"))


def said(at: AppTest) -> str:
    parts = (*at.markdown, *at.caption, *at.info, *at.warning, *at.error, *at.toast)
    return "\n".join(str(item.value) for item in parts).replace("\\", "")


def bring(at: AppTest, name: str, data: bytes) -> AppTest:
    at.file_uploader(key="bring-back-file").upload(name, data, "application/octet-stream").run()
    assert not at.exception
    assert at.title[0].value == "Export"
    return at


def recipe_file(run: Run, recipe: Recipe) -> bytes:
    samples = run_candidates(run)
    return json.dumps(recipe_record(run, samples, subset_of(run, samples, recipe))).encode()


def state(run: Run) -> tuple[list[int], list[int], dict[int, str]]:
    found = read_log(run.path).state(run.samples["id"].to_numpy())
    return found.ids[found.pinned].tolist(), found.ids[found.excluded].tolist(), found.relabelled


def test_a_recipe_is_used_and_saved(open_page: OpenPage, run: Run) -> None:
    recipe = Recipe(keep_ratio=0.12, gamma=0.2, seed=9, balance="uniform")
    at = bring(open_page("export", run.path.parent), "a*b.json", recipe_file(run, recipe))
    assert "a*b.json is a recipe: it rebuilds the identical subset**, 216 of 1,797" in said(at)
    assert "the recipe of the controls, which keeps 539:" in said(at)
    assert at.button(key="take-over").disabled
    at.text_input(key="brought-name").set_value("mine").run()
    at.button(key="brought-save").click().run()
    assert Recipe.of(saved_recipes(run.path)["mine"]["recipe"]) == recipe
    at.button(key="brought-use").click().run()
    assert not at.exception
    assert at.slider(key="pruned").value == 88
    assert "--keep 0.12 --gamma 0.2 --seed 9 --balance uniform" in at.code[0].value
    assert "216 samples are in both" in said(at)


def test_a_recipe_that_differs_says_what(
    open_page: OpenPage, run: Run, digits_run: Run, tmp_path: Path
) -> None:
    made = Run.open(shutil.copytree(digits_run.path, tmp_path / "other"))
    record(made.path, [7, 8], by="t", verdict="pin")
    value = json.loads(recipe_file(made, Recipe(keep_ratio=0.105)))
    value["run"]["masks"], value["subset"]["digest"] = 2, "another"
    at = open_page("export", run.path.parent)
    bring(at, "r.json", json.dumps(value).encode())
    assert "it rebuilds another subset" in said(at)
    assert "the number of masks was 2, is 3." in said(at)
    assert "Other pins or exclusions stand in the run now" in said(at)
    assert at.button(key="brought-use").disabled
    assert "89.5 %" in at.button(key="brought-use").help
    at.button(key="take-over").click().run()
    assert state(run) == ([7, 8], [], {})
    assert "Other pins" not in said(at)
    assert at.button(key="take-over").disabled
    at.button(key="take-over-undo").click().run()
    assert state(run) == ([], [], {})
    assert not at.button(key="take-over").disabled


def test_decisions_are_taken_over_and_back(
    open_page: OpenPage, run: Run, digits_run: Run, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    one = shutil.copytree(digits_run.path, tmp_path / "one")
    record(one, [1, 2], by="t", verdict="pin")
    record(one, [4], by="t", verdict="exclude", note="odd")
    record(one, [5], by="t", relabel="7")
    record(run.path, [1], by="t", verdict="exclude")
    capsys.readouterr()
    assert main(["decisions", str(one), "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    value["decisions"].append({**value["decisions"][0], "path": "<b>gone</b>.png"})
    at = open_page("export", run.path.parent)
    bring(at, "d.json", json.dumps(value).encode())
    assert "d.json holds decisions** on 4 samples" in said(at)
    assert "2 pins, 1 exclusion, 1 relabel, 1 note; 1 sample it names is not in this run" in said(
        at
    )
    at.button(key="take-over").click().run()
    assert state(run) == ([1, 2], [4], {5: "7"})
    record(run.path, [9], by="somebody", verdict="pin")
    at.run()
    at.button(key="take-over-undo").click().run()
    assert state(run) == ([9], [1], {})
    bring(at, "decisions.jsonl", (one / "decisions.jsonl").read_bytes())
    assert "which knows samples by number only" in said(at)


def test_a_subset_is_compared_decided_and_exported(open_page: OpenPage, run: Run) -> None:
    kept = dlc.select(run, keep_ratio=0.3, gamma=0.5)
    data = encode_subset(run, kept, "csv") + b'"99999","elsewhere.png","0",0,0.0,0,0,0\n'
    at = bring(open_page("export", run.path.parent), "k.csv", data)
    assert "k.csv is a subset (CSV)**: 539 of the 1,797 samples of this run; 1 other" in said(at)
    assert "539 samples are in both" in said(at)
    assert "would share about 162." in said(at)
    assert at.button(key="brought-pin").label == "Pin 539"
    at.button(key="brought-exclude").click().run()
    assert state(run)[1] == sorted(set(run.samples["id"].tolist()) - set(kept.ids.tolist()))
    assert at.button(key="brought-exclude").disabled
    at.button(key="brought-undo").click().run()
    assert state(run) == ([], [], {})
    at.button(key="brought-pin").click().run()
    assert state(run)[0] == kept.ids.tolist()
    at.selectbox(key="brought-format").set_value("zip").run()
    assert not at.button(key="brought-images").disabled  # of the digits PNG files are made


def test_images_of_a_subset_are_made_by_the_job(
    open_page: OpenPage, folder: Path, tmp_path: Path
) -> None:
    runs = tmp_path / "images" / "runs"  # below the data root of the tests' pages
    shutil.copytree(folder, runs / "data")
    assert main(["score", str(runs / "data"), "--masks", "1", "--out", str(runs / "pets")]) == 0
    record(runs / "pets", [3], by="t", verdict="exclude")
    at = bring(open_page("export", runs), "k.csv", b"path\ncats/1.png\ncats/3.png\ndogs/0.png\n")
    at.selectbox(key="brought-format").set_value("imagefolder").run()
    assert "Without 1 sample excluded by a decision." in said(at)
    at.button(key="brought-images").click().run()
    assert not at.exception
    until = time.monotonic() + 60
    while exports_of(runs / "pets")[0].state == "running" and time.monotonic() < until:
        time.sleep(0.2)
    (item,) = exports_of(runs / "pets")
    assert item.state == "done"
    made = sorted(file.relative_to(item.path).as_posix() for file in item.path.rglob("*.png"))
    assert made == ["cats/1.png", "dogs/0.png"]


def test_a_subset_is_shown_in_explore(open_page: OpenPage, run: Run) -> None:
    at = bring(open_page("export", run.path.parent), "i.npy", npy(np.arange(5, 25)))
    assert "right for a subset of this very folder" in said(at)
    at.button(key="brought-show").click().run()
    assert not at.exception
    assert at.title[0].value == "Explore"
    assert "**Shown: 20** of 1,797" in said(at)
    (name,) = (file.name.split(".")[0] for file in (run.path / "subsets").glob("*.shown.npy"))
    found = kept_ids(run.path, name)
    assert found is not None
    assert found.tolist() == list(range(5, 25))
    assert at.session_state[filter_in_address._KEY].steps[-1].subset == name
    linked = open_page("explore", run.path.parent, address={"subset": name})
    assert "**Shown: 20** of 1,797" in said(linked)
    gone = open_page("explore", run.path.parent, address={"subset": "0123456789ab"})
    assert "**All samples: 1,797**" in said(gone)


def npy(array: object) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)  # type: ignore[arg-type]
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "it is empty"),
        (b"[" * 1_000_000, "nests too deep"),
        (pickle.dumps({}), "a pickle"),
        (b"path\n../../etc/passwd\n", "none of the 1 sample"),
        (b'{"decisions": [{"path": "' + b"x" * 9_000 + b'", "verdict": 1}]}', "no decisions"),
        (b'{"format": 1, "recipe": {"strategy": "' + b"*" * 9_000 + b'"}, "dataset": {}, '
         b'"run": {}, "decisions": {"pinned": [], "excluded": [], "relabelled": {}}, '
         b'"subset": {}}', "unknown strategy"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_sentence(
    open_page: OpenPage, digits_runs: Path, data: bytes, expected: str
) -> None:
    at = bring(open_page("export", digits_runs), "![x](http://a.b/c)<img>.csv", data)
    (error,) = at.error
    assert expected in error.value.replace("\\", "")
    assert error.value.startswith(r"\!\[x\]\(http\:\/\/a\.b\/c\)\<img\>\.csv cannot be used")
    assert len(error.value) < 1_200
    assert not [button for button in at.button if str(button.key).startswith("brought")]
