from __future__ import annotations

from pathlib import Path

import dlc_core as dlc
from dlc_core.export import EXPORTERS
from dlc_core.runs import Run

from .conftest import OpenPage


def test_the_recipe_is_followed(open_page: OpenPage, digits_runs: Path, digits_run: Run) -> None:
    at = open_page("export", digits_runs)
    at.slider(key="pruned").set_value(95).run()
    at.number_input(key="seed").set_value(7).run()
    command = at.code[0].value
    assert "--keep 0.05" in command
    assert "--seed 7" in command
    ids = dlc.select(digits_run, keep_ratio=0.05, gamma=0.5, seed=7).ids
    assert at.dataframe[0].value["id"].tolist() == ids[:20].tolist()
    assert "90 of 1,797 samples" in " ".join(item.value for item in at.markdown)


def test_every_format_has_a_button(open_page: OpenPage, digits_runs: Path) -> None:
    at = open_page("export", digits_runs)
    assert [button.key for button in at.get("download_button")] == [
        f"download-{name}" for name in EXPORTERS
    ]
    assert at.code[0].value.startswith(f"dlc prune {digits_runs / 'digits-demo'} --keep 0.3")
