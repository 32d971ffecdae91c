from __future__ import annotations

import shutil
from pathlib import Path

from dlc_core.decisions import record
from dlc_core.runs import Run

from .conftest import OpenPage


def test_nothing_decided_says_the_next_step(open_page: OpenPage, digits_runs: Path) -> None:
    at = open_page("decisions", digits_runs)
    assert "Nothing is decided yet" in at.info[0].value


def test_it_lists_what_stands_and_what_overrides_what(
    open_page: OpenPage, tmp_path: Path, digits_run: Run
) -> None:
    run = tmp_path / "copy"
    shutil.copytree(digits_run.path, run)
    record(run, [1, 2, 3], by="one", verdict="pin")
    record(run, [3], by="two", verdict="exclude", note="a **bold** <i>note</i>")
    record(run, [9], by="two", relabel="4")
    at = open_page("decisions", tmp_path)
    text = " ".join(item.value for item in at.markdown)
    assert "**4 samples decided**: 2 pinned · 1 excluded · 1 relabelled · 1 with a note" in text
    table = at.dataframe[0].value
    assert table["became of it"].tolist() == ["stands", "stands", "partly overridden"]
    assert table["stands for"].tolist() == [1, 1, 2]
    assert list(at.session_state["open_list"]) == [1, 2, 3, 9]
    at.button(key="decided-undo").click().run()
    text = " ".join(item.value for item in at.markdown)
    assert "**3 samples decided**" in text
