"""What the Score page shows of records that were looked at: the lines of the command, as text."""

from __future__ import annotations

import json
from pathlib import Path

from streamlit.testing.v1 import AppTest

from dlc_core.datasets import load_dataset
from dlc_core.modalities.look import look_at


def _shown(record: str) -> None:
    import json

    from dashboard.scoring.look_panel import look_panel

    look_panel(json.loads(record))


def test_records_are_shown_as_text(tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    file.write_text(json.dumps({"prompt": "<b>p</b>", "response": "\x1b[2J\u202er"}))
    found = json.dumps(look_at(load_dataset(file)).as_record())
    page = AppTest.from_function(_shown, args=(found,)).run()
    assert not page.exception
    assert page.markdown[0].value == "**train**: **1** record"
    assert "  | <b>p</b>" in page.code[0].value
    assert "  > \\x1b[2J\\u202er" in page.code[0].value
