from __future__ import annotations

import shlex
import shutil
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import dlc_core as dlc
from dlc_core.cli import main
from dlc_core.decisions import record
from dlc_core.export import EXPORTERS, read_ids
from dlc_core.jobs.export_history import exports_of
from dlc_core.runs import Run

from .conftest import OpenPage


def said(at: AppTest) -> str:
    return "\n".join(str(item.value) for item in (*at.markdown, *at.caption, *at.info, *at.error))


def downloads(at: AppTest) -> dict[str, bool]:
    """Return the keys of the download buttons, and whether each can be pressed."""
    return {str(button.key): not button.proto.disabled for button in at.get("download_button")}


def test_the_recipe_is_followed(open_page: OpenPage, digits_runs: Path, digits_run: Run) -> None:
    at = open_page("export", digits_runs)
    at.slider(key="pruned").set_value(95).run()
    at.number_input(key="seed").set_value(7).run()
    assert "--keep 0.05" in at.code[0].value
    assert "--seed 7" in at.code[0].value
    ids = dlc.select(digits_run, keep_ratio=0.05, gamma=0.5, seed=7).ids
    assert at.dataframe[0].value["id"].tolist() == ids[:20].tolist()
    assert "90 of 1,797 samples" in said(at)


def test_every_format_of_one_file_has_a_button(open_page: OpenPage, digits_runs: Path) -> None:
    at = open_page("export", digits_runs)
    names = [*EXPORTERS, "fiftyone", "torch", "recipe"]
    able = {f"download-{name}": name != "torch" for name in names}  # the digits are no folder
    assert downloads(at) == able
    at.segmented_control(key="export-part").set_value("both").run()
    assert [key for key, able in downloads(at).items() if not able] == [
        "download-npy",
        "download-torch",
    ]
    assert said(at).count("**not both**") == 2
    at.segmented_control(key="export-part").set_value("kept").run()
    assert "the positions of the pytorch file are those of an image folder" in said(at).lower()
    assert not at.button(key="make-images").disabled


def test_the_commands_are_ones_that_run(
    open_page: OpenPage, digits_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = open_page("export", digits_runs)
    at.slider(key="pruned").set_value(90).run()
    prune, rebuild, export = map(shlex.split, at.code[0].value.splitlines())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DLC_DATA_ROOTS")  # a terminal has no limit
    recipe = rebuild[rebuild.index("--recipe") + 1]
    assert main([*prune[1:], "--save-recipe", recipe]) == 0
    assert main(rebuild[1:]) == 0
    assert Path("kept.csv").read_bytes() == Path(prune[-1]).read_bytes()
    assert main(export[1:]) == 0
    with zipfile.ZipFile(export[-1]) as archive:
        assert len(archive.namelist()) == 180


def test_decisions_are_told(open_page: OpenPage, tmp_path: Path, digits_run: Run) -> None:
    run = tmp_path / "copy"
    shutil.copytree(digits_run.path, run)
    ids = digits_run.samples["id"].to_numpy()
    record(run, ids[:3].tolist(), by="one", verdict="pin")
    record(run, ids[3:5].tolist(), by="one", verdict="exclude")
    ninth = np.flatnonzero(digits_run.samples["class_id"].to_numpy() == 9)[:2]
    record(run, ids[ninth].tolist(), by="one", relabel=digits_run.classes[9])  # their own
    record(run, [int(ids[0])], by="one", relabel=digits_run.classes[5])
    at = open_page("export", tmp_path)
    assert (
        "Decisions honoured: 3 pinned samples kept · 2 excluded samples left out · "
        "1 relabel of the run applied." in said(at)
    )


def test_images_are_made_by_a_job(
    open_page: OpenPage, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = tmp_path / "images" / "runs"  # below the data root of the tests' pages
    shutil.copytree(folder, runs / "data")
    assert main(["score", str(runs / "data"), "--masks", "1", "--out", str(runs / "pets")]) == 0
    at = open_page("export", runs)
    assert "None yet." in said(at)
    at.segmented_control(key="export-part").set_value("dropped").run()
    at.segmented_control(key="image-format").set_value("imagefolder").run()
    at.segmented_control(key="image-mode").set_value("hardlink").run()
    assert "--format imagefolder --part dropped --mode hardlink" in at.code[0].value
    at.text_input(key="image-destination").set_value("/etc/kept").run()
    at.button(key="make-images").click().run()
    assert "is outside the folders this dashboard may read" in at.error[0].value.replace("\\", "")
    at.text_input(key="image-destination").set_value("").run()
    at.button(key="make-images").click().run()
    assert not at.exception
    (item,) = exports_of(runs / "pets")
    until = time.monotonic() + 60
    while item.state == "running" and time.monotonic() < until:
        time.sleep(0.1)
        (item,) = exports_of(runs / "pets")
    assert item.state == "done"
    kept = read_ids(runs / "pets" / "exports" / f"{item.name}.subset.json")
    made = sum(1 for file in item.path.rglob("*.png"))
    assert (made, len(kept)) == (8, 4)
    at.run()
    assert not at.exception
    at.button(key=f"delete-{item.name}").click().run()
    assert exports_of(runs / "pets") == []

    shutil.rmtree(runs / "data")
    at = open_page("export", runs)
    assert "cannot be found: bring it back" in said(at).replace("\\", "")
    assert at.button(key="make-images").disabled
