from __future__ import annotations

from pathlib import Path

from dlc_core.export import EXPORTERS

from .conftest import OpenPage


def test_every_format_has_a_button(open_page: OpenPage, digits_runs: Path) -> None:
    at = open_page("export", digits_runs)
    assert [button.key for button in at.get("download_button")] == [
        f"download-{name}" for name in EXPORTERS
    ]
    assert at.code[0].value.startswith(f"dlc prune {digits_runs / 'digits-demo'} --keep 0.3")
