"""Damaged files of a run, and names from strangers, as pages show them."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.corruption import make_run
from dashboard import features_check
from dlc_core import digests
from dlc_core.errors import DLCError
from dlc_core.runs import damage
from tests.conftest import MakeOnce

from .conftest import ROOT, OpenPage

PAGES = ("score", "explore", "classes", "compare", "decisions", "prune", "evidence", "export")
# What Streamlit takes for Markdown; options of a selectbox are plain text.
MARKDOWN = (
    "markdown", "caption", "error", "warning", "info", "success", "metric", "selectbox", "button",
    "subheader", "title", "expander",
)  # fmt: skip
HOSTILE = "![x](http:evil) **a** `b` $c$ :red[d]"


@pytest.fixture
def runs(make_once: MakeOnce, tmp_path: Path) -> Path:
    """A folder with two runs, run and whole, that hold every kind of file."""
    return shutil.copytree(make_once("full-run", make_run) / "runs", tmp_path / "runs")


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def errors(at: AppTest) -> str:
    return " ".join(one.value for one in at.error).replace("\\", "")


def captions(at: AppTest) -> str:
    return " ".join(one.value for one in at.caption)


@pytest.mark.parametrize("page", PAGES[1:])
def test_each_page_says_which_file_is_damaged(open_page: OpenPage, runs: Path, page: str) -> None:
    flip(runs / "run" / "pca.npy")
    flip(runs / "run" / "columns.parquet")
    said = errors(open_page(page, runs, run="run"))
    assert "pca.npy is damaged" in said
    assert "columns.parquet is damaged" in said


def test_large_features_are_checked_beside_the_page(
    open_page: OpenPage, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (features_check, damage):
        monkeypatch.setattr(module, "SMALL", 0)
    monkeypatch.setattr(digests, "_FRESH", 0)
    for broken in (False, True):
        if broken:
            flip(runs / "run" / "features.npy")
        at = open_page("prune", runs, run="run", strategy="herding")
        assert "Comparing features.npy" in captions(at)
        assert not at.error
        with features_check._one:  # the check has ended
            pass
        at.run()
        assert "Comparing features.npy" not in captions(at)
        assert ("features.npy is damaged" in errors(at)) == broken


def test_damaged_decisions_stop_a_page_until_a_person_goes_on(
    open_page: OpenPage, runs: Path
) -> None:
    file = runs / "run" / "decisions.jsonl"
    lines = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join([lines[0].replace(b"exclude", b"exclvde"), *lines[1:]]))
    at = open_page("prune", runs, run="run")
    assert "line 1 is not what was written" in errors(at)
    assert not at.slider
    at.button(key="repair-decisions").click().run()
    assert not at.exception
    assert not at.error
    assert at.slider
    assert file.read_bytes().split(b"\n") == lines[1:]


def test_a_folder_in_place_of_decisions_is_a_sentence(open_page: OpenPage, runs: Path) -> None:
    file = runs / "run" / "decisions.jsonl"
    file.unlink()
    file.mkdir()
    for page in ("decisions", "explore"):
        assert "a folder is in its place; move the folder away" in errors(
            open_page(page, runs, run="run")
        )


def test_names_from_strangers_are_no_markdown(open_page: OpenPage, runs: Path) -> None:
    run = (runs / "run").rename(runs / HOSTILE)
    (cells,) = run.glob("evidence/*/cells.jsonl")
    lines = []
    for line in cells.read_text().splitlines():
        value = json.loads(line or "{}")
        value.pop("sum", None)
        if "arm" in value:  # of all, the hostile one is surely the best
            bit = 0 if value["arm"] == "random" else 0xFF
            value["right"] = base64.b64encode(bytes([bit]) * value["held"]).decode()
            value["arm"] = HOSTILE if value["arm"] == "hardest" else value["arm"]
        lines.append(json.dumps(value))
    cells.write_text("\n".join(lines) + "\n")
    for page in PAGES:
        at = open_page(page, runs, run=HOSTILE, pruned=50)
        for kind in MARKDOWN:
            for one in at.get(kind):
                for part in ("value", "label", "help"):
                    assert "![x](http" not in str(getattr(one, part, "")), (page, kind, part)


def test_what_a_person_can_mend_is_a_sentence_wherever_it_is_raised(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise DLCError("it is *broken*: mend it.")

    monkeypatch.setenv("DLC_RUNS", str(runs))
    for name in ("dashboard.page_frame.require_view", "dashboard.run_summary.summary"):
        with monkeypatch.context() as patch:
            patch.setattr(name, broken)
            at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
        assert not at.exception
        assert errors(at) == "it is *broken*: mend it."
