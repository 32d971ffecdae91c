from __future__ import annotations

import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlc_core.decisions import appending, read_log, record, redo, undo
from dlc_core.digests import bytes_digest
from dlc_core.errors import DLCError
from dlc_core.runs.lock import writing as scoring

_WRITER = """
import sys
from pathlib import Path
from dlc_core.decisions import record
folder, by, size, times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
print("ready", flush=True)
for _ in range(times):
    record(folder, range(size), by=by, verdict="exclude")
"""


def writer(folder: Path, by: str, size: int, times: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _WRITER, str(folder), by, str(size), str(times)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def test_what_a_line_holds(tmp_path: Path) -> None:
    name = record(tmp_path, [5, 2, 5], by="tab", verdict="pin", note="wärm\n")
    (text,) = (tmp_path / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
    value = json.loads(text)
    assert value.pop("time").endswith("+00:00")
    assert value.pop("sum") == bytes_digest(text[: text.rindex(',"sum"')].encode() + b"}")
    expected = {"event": name, "by": "tab", "ids": [2, 5], "verdict": "pin", "note": "wärm\n"}
    assert value == expected
    taken = undo(tmp_path, by="tab", since=0)
    assert taken is not None
    assert (taken.event, taken.active) == (name, False)
    back = redo(tmp_path, by="tab", since=0)
    assert back is not None
    assert (back.event, back.active) == (name, True)
    lines = (tmp_path / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
    kinds = [set(json.loads(line)) for line in lines]
    always = {"event", "time", "by", "sum"}
    assert kinds[1:] == [always | {"undo"}, always | {"redo"}]
    for file in (".decisions.lock", "decisions.jsonl"):
        assert stat.S_IMODE((tmp_path / file).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("ids", "values", "words"),
    [
        ([1], {"verdict": "maybe"}, "unknown verdict 'maybe'; expected one of pin, exclude"),
        ([1], {"verdict": ["pin"]}, "unknown verdict"),
        ([1], {}, "expected a verdict, a relabel or a note"),
        ([], {"verdict": "pin"}, "expected one or more sample ids"),
        ([-1], {"verdict": "pin"}, "expected one or more sample ids"),
        ([1.5], {"verdict": "pin"}, "expected one or more sample ids"),
        ([1], {"note": "n" * 2001}, "a note may have 2,000 characters, got 2,001"),
        ([1], {"note": " "}, "a note must not be empty"),
        ([1], {"relabel": ""}, "a new label must not be empty"),
        ([1], {"relabel": "n" * 201}, "a new label may have 200 characters, got 201"),
        ([1], {"relabel": "\ud800"}, "a new label must be valid text"),
        ([1], {"verdict": "pin", "by": ""}, "by must be text"),
    ],
)
def test_what_cannot_be_recorded(
    tmp_path: Path, ids: list[int], values: dict[str, Any], words: str
) -> None:
    with pytest.raises(DLCError, match=words):
        record(tmp_path, ids, **{"by": "tab", **values})
    assert list(tmp_path.iterdir()) == []


def test_the_longest_that_is_allowed_can_be_read(tmp_path: Path) -> None:
    record(tmp_path, [1], by="b" * 200, note="ü" * 2000, relabel="n" * 200)
    state = read_log(tmp_path).state(np.arange(3))
    assert state.notes == {1: "ü" * 2000}
    assert state.relabelled == {1: "n" * 200}


def test_a_hundred_thousand_samples_are_one_line(tmp_path: Path) -> None:
    record(tmp_path, np.arange(100_000), by="tab", verdict="exclude")  # type: ignore[arg-type]
    assert (tmp_path / "decisions.jsonl").read_bytes().count(b"\n") == 1
    assert read_log(tmp_path).state(np.arange(200_000)).counts["exclude"] == 100_000


def test_a_run_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DLCError, match=r"not saved: cannot write .*: it is not there"):
        record(tmp_path / "gone", [1], by="tab", verdict="pin")


def test_decisions_are_made_while_a_job_holds_the_run(tmp_path: Path) -> None:
    with scoring(tmp_path):
        record(tmp_path, [1], by="tab", verdict="pin")
    assert len(read_log(tmp_path)) == 1


def test_a_writer_that_hangs_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appending, "_PATIENCE", 0.05)
    with appending.writing(tmp_path), pytest.raises(DLCError, match="keeps the decisions"):
        record(tmp_path, [1], by="tab", verdict="pin")


def test_two_processes_lose_and_tear_no_line(tmp_path: Path) -> None:
    size, times = 2000, 60
    processes = [writer(tmp_path, by, size, times) for by in ("a", "b")]
    seen = 0
    while any(process.poll() is None for process in processes):
        log = read_log(tmp_path)  # a reader beside them never sees a fault
        assert log.unreadable == 0
        assert len(log) >= seen
        seen = len(log)
        time.sleep(0.002)
    assert [process.wait(30) for process in processes] == [0, 0]
    for process in processes:
        assert process.stdout is not None
        process.stdout.close()
    log = read_log(tmp_path)
    assert log.unreadable == 0
    assert sorted(event.by for event in log.events) == ["a"] * times + ["b"] * times
    assert all(len(event.ids) == size for event in log.events)


def test_a_kill_in_the_middle_of_writing_leaves_a_readable_log(tmp_path: Path) -> None:
    process = writer(tmp_path, "a", 100_000, 1000)
    assert process.stdout is not None
    process.stdout.readline()
    file = tmp_path / "decisions.jsonl"
    while not file.exists() or file.stat().st_size < 1_000_000:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    process.stdout.close()
    before = read_log(tmp_path)
    assert len(before) >= 1
    record(tmp_path, [7], by="b", verdict="pin")  # the lock died with its holder
    after = read_log(tmp_path)
    assert after.events[-1].by == "b"
    assert all(len(event.ids) == 100_000 for event in after.events[:-1])
    assert after.unreadable <= 1


def test_a_torn_tail_costs_nothing_but_itself(tmp_path: Path) -> None:
    record(tmp_path, [1], by="a", verdict="pin")
    with (tmp_path / "decisions.jsonl").open("a") as file:
        file.write('{"event":"torn","time":"t","by":"a","ids":[2,3')
    assert len(read_log(tmp_path)) == 1
    record(tmp_path, [4], by="a", verdict="pin")
    log = read_log(tmp_path)
    assert log.unreadable == 1
    assert log.state(np.arange(6)).verdict.tolist() == [0, 1, 0, 0, 1, 0]


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    record(tmp_path, [1], by="a", verdict="pin")
    file = tmp_path / "decisions.jsonl"
    before = file.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, hard))  # a short write
    try:
        with pytest.raises(
            DLCError, match=r"not saved: cannot write .*: the disk is full; make room"
        ):
            record(tmp_path, range(1000), by="a", verdict="exclude")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert file.read_bytes() == before
    record(tmp_path, [2], by="a", verdict="pin")
    log = read_log(tmp_path)
    assert (len(log), log.unreadable) == (2, 0)


def test_a_failed_sync_is_rolled_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path, [1], by="a", verdict="pin")
    before = (tmp_path / "decisions.jsonl").read_bytes()

    def fails(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fails)
        with pytest.raises(DLCError, match=r"not saved: cannot write .*: the disk does not answer"):
            record(tmp_path, [2], by="a", verdict="pin")
    assert (tmp_path / "decisions.jsonl").read_bytes() == before
