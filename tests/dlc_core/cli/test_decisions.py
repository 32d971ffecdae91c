from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dlc_core.cli import main
from dlc_core.decisions import record, undo
from dlc_core.runs import Run


@pytest.fixture
def run(digits_run: Run, tmp_path: Path) -> Run:
    """A run of the digits to decide on."""
    folder = tmp_path / "run"
    folder.mkdir()
    for name in ("run.json", "samples.parquet"):
        shutil.copy(digits_run.path / name, folder)
    return Run.open(folder)


def test_decisions_are_listed(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decisions", str(run.path)]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "samples decided: 0; acts: none yet." in printed.err
    record(run.path, [1, 5000], by="a", verdict="pin")
    record(run.path, [1, 2], by="b", verdict="exclude", note="two\nlines \x1b[31m")
    record(run.path, [3], by="a", relabel="7")
    undo(run.path, by="a", since=0)
    assert main(["decisions", str(run.path)]) == 0
    printed = capsys.readouterr()
    paths = run.samples["path"]
    assert printed.out.splitlines() == [
        f"1\t{paths[1]}\texclude, note: two\\nlines \\x1b[31m",
        f"2\t{paths[2]}\texclude, note: two\\nlines \\x1b[31m",
    ]
    assert "Pinned 2 samples: partly overridden, 1 of 2 stand" in printed.err
    assert "Relabelled 1 sample as 7: undone" in printed.err
    assert "samples decided: 2; acts: undone: 1, stands: 1, partly overridden: 1." in printed.err
    assert "decided samples that are not in this run: 1." in printed.err
    assert main(["decisions", str(run.path), "--json"]) == 0
    value = json.loads(capsys.readouterr().out.splitlines()[-1])
    note = "two\nlines \x1b[31m"
    assert value["decisions"][0] == {
        "id": 1, "path": paths[1], "verdict": "exclude", "relabel": None, "note": note,
    }  # fmt: skip
    statuses = ["undone", "stands", "partly overridden"]
    assert [row["status"] for row in value["history"]] == statuses
    assert (value["unknown_samples"], value["unreadable_lines"]) == (1, 0)


def test_prune_honours_decisions_and_says_so(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def pruned(*options: str) -> list[int]:
        out = tmp_path / "kept.csv"
        out.unlink(missing_ok=True)
        assert main(["prune", str(run.path), "--out", str(out), *options]) == 0
        return pd.read_csv(out)["id"].tolist()

    plain = pruned("--keep", "0.1")
    assert "honouring" not in capsys.readouterr().err
    record(run.path, plain[:5], by="a", verdict="exclude")
    pins = np.setdiff1d(np.arange(1797), plain)[:1].tolist()
    record(run.path, pins, by="a", verdict="pin")
    kept = pruned("--keep", "0.1")
    assert "dlc: honouring 1 pin and 5 exclusions." in capsys.readouterr().err
    assert set(pins) <= set(kept)
    assert not set(plain[:5]) & set(kept)
    assert pruned("--keep", "0.1", "--ignore-decisions") == plain
    record(run.path, list(range(1000, 1300)), by="a", verdict="pin")
    capsys.readouterr()
    assert len(pruned("--keep", "0.1")) >= 300
    assert "though 179 samples were asked for" in capsys.readouterr().err


def test_help_comes_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["decisions", "--help"])
    assert stop.value.code == 0
    assert "Example: dlc decisions" in capsys.readouterr().out
