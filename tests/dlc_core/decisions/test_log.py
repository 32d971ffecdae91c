from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlc_core.decisions import Log, describe, history, read_log, record
from dlc_core.decisions.current import standing
from dlc_core.decisions.event import FIELDS, UNSET, Event, decoded
from dlc_core.decisions.repair_log import repair
from dlc_core.errors import DLCError

Line = dict[str, Any]
IDS = [0, 1, 2, 5, 9, 40]
VALUES = {"verdict": ["pin", "exclude", None], "relabel": ["cat", None], "note": ["blurred", None]}


def line(name: object, **values: object) -> Line:
    return {"event": str(name), "time": "2025-01-01T00:00:00.000+00:00", "by": "a", **values}


def write(folder: Path, lines: list[Line]) -> Log:
    text = "".join(json.dumps(value) + "\n" for value in lines)
    (folder / "decisions.jsonl").write_text(text)
    return read_log(folder)


def literal_fold(lines: list[Line]) -> dict[str, dict[int, str]]:
    """Field -> id -> value: the last active event that sets it, one sample at a time."""
    undone: set[str] = set()
    for value in lines:
        if "undo" in value:
            undone.add(value["undo"])
        if "redo" in value:
            undone.discard(value["redo"])
    found: dict[str, dict[int, str]] = {field: {} for field in FIELDS}
    for value in lines:
        if "ids" not in value or value["event"] in undone:
            continue
        for field in FIELDS:
            for identity in value["ids"] if field in value else ():
                if value[field] is None:
                    found[field].pop(identity, None)
                else:
                    found[field][identity] = value[field]
    return found


@st.composite
def logs(draw: st.DrawFn) -> list[Line]:
    lines: list[Line] = []
    for name in range(draw(st.integers(0, 12))):
        acts = [value["event"] for value in lines if "ids" in value]
        if acts and draw(st.integers(0, 2)) == 0:
            target = draw(st.sampled_from(acts))
            lines.append(line(name, **{draw(st.sampled_from(["undo", "redo"])): target}))
            continue
        ids = draw(st.lists(st.sampled_from([*IDS, 3, 77]), min_size=1, max_size=5, unique=True))
        fields = draw(st.lists(st.sampled_from(FIELDS), min_size=1, unique=True))
        sets = {field: draw(st.sampled_from(VALUES[field])) for field in fields}
        lines.append(line(name, ids=ids, **sets))
    return lines


def check_state(log: Log, lines: list[Line], ids: list[int]) -> None:
    fold = literal_fold(lines)
    state = log.state(np.array(ids, dtype=np.int64))
    codes = {"pin": 1, "exclude": 2}
    assert state.verdict.dtype == np.int8
    assert state.verdict.tolist() == [codes.get(fold["verdict"].get(i, ""), 0) for i in ids]
    assert state.relabelled == {i: v for i, v in fold["relabel"].items() if i in ids}
    assert state.notes == {i: v for i, v in fold["note"].items() if i in ids}
    assert state.decided.tolist() == [any(i in fold[field] for field in FIELDS) for i in ids]
    assert state.counts["pin"] == int(state.pinned.sum()) == state.verdict.tolist().count(1)
    assert state.counts["exclude"] == int(state.excluded.sum()) == state.verdict.tolist().count(2)
    assert state.counts["decided"] == int(state.decided.sum())


@settings(deadline=None)
@given(logs(), st.integers(0, 12))
def test_state_is_the_literal_fold_however_it_was_read(
    tmp_path_factory: pytest.TempPathFactory, lines: list[Line], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    check_state(write(folder, lines[:cut]), lines[:cut], IDS)
    with (folder / "decisions.jsonl").open("a") as file:  # the reader goes on from the cut
        file.writelines(json.dumps(value) + "\n" for value in lines[cut:])
    log = read_log(folder)
    assert [event.event for event in log.events] == [value["event"] for value in lines]
    check_state(log, lines, IDS)
    check_state(log, lines, [3, 77, 10_000_000])  # too far apart for a table
    check_state(log, lines, [50])
    check_state(log, lines, [])


@settings(deadline=None)
@given(logs())
def test_history_says_what_stands(
    tmp_path_factory: pytest.TempPathFactory, lines: list[Line]
) -> None:
    log = write(tmp_path_factory.mktemp("log"), lines)
    rows = {row.event: row for row in history(log)}
    assert history(log, newest=2) == history(log)[:2]
    acts = [event for event in log.events if event.fields]
    assert list(rows) == [event.event for event in reversed(acts)]
    for event in acts:
        later = [e for e in acts[acts.index(event) + 1 :] if e.active]
        left = {
            (i, field)
            for i in event.ids.tolist()
            for field in event.fields
            if not any(field in e.fields and i in e.ids for e in later)
        }
        row = rows[event.event]
        if not event.active:
            assert (row.status, row.standing) == ("undone", 0)
            continue
        assert row.standing == len({i for i, _ in left})
        if len(left) == len(event.ids) * len(event.fields):
            assert row.status == "stands"
        else:
            assert row.status == ("partly overridden" if left else "overridden by a later decision")


def test_garbage_is_counted_and_passed_over(tmp_path: Path) -> None:
    good = json.dumps(line("good", ids=[4, 4, 1], verdict="pin")).encode()
    garbage = [
        b"", b"{", b"[1]", b"null", b'{"event": "x"}', good,
        *(
            json.dumps(line("bad", **values)).encode()
            for values in (
                {"ids": [1], "verdict": "maybe"}, {"ids": [], "verdict": "pin"},
                {"ids": [-1], "verdict": "pin"}, {"ids": [1.5], "verdict": "pin"},
                {"ids": [2**70], "verdict": "pin"}, {"ids": [2**63], "verdict": "pin"},
                {"ids": [[1], [2, 3]], "verdict": "pin"}, {"ids": "12", "verdict": "pin"},
                {"ids": [True], "verdict": "pin"}, {"verdict": "pin"}, {"ids": [1]},
                {"ids": [1], "note": "\ud800"}, {"ids": [1], "note": 7},
                {"ids": [1], "relabel": ""}, {"undo": 3}, {"undo": "good", "redo": "good"},
            )
        ),
    ]  # fmt: skip
    data = b"\n".join([good, *garbage, json.dumps(line("ghost", undo="nobody")).encode()]) + b"\n"
    (tmp_path / "decisions.jsonl").write_bytes(data + b'{"event": "torn", "ids": [1')
    log = read_log(tmp_path)
    assert [event.event for event in log.events] == ["good", "ghost"]
    assert log.unreadable == len(garbage) - 1  # an empty line is nothing
    assert log.state(np.arange(6)).verdict.tolist() == [0, 1, 0, 0, 1, 0]


@pytest.mark.parametrize(
    "instead",
    [
        lambda line: bytes(len(line)), lambda line: b"\xff" * len(line), lambda _line: b" " * 9,
        lambda line: line[:40] + bytes(len(line) - 40), lambda line: line.decode().encode("utf-16"),
        lambda _line: b"[" * 100_000, lambda line: line[1:], lambda _line: b"\t",
    ],
)  # fmt: skip
def test_a_line_that_no_writer_leaves_is_damage_without_its_sum_too(
    instead: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    for identity in (1, 2, 3):
        record(tmp_path, [identity], by="cli", verdict="pin")
    file = tmp_path / "decisions.jsonl"
    one, two, three, _ = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join([one, instead(two), three, b""]))
    with pytest.raises(DLCError, match="line 2 is not what was written"):
        read_log(tmp_path)
    assert repair(tmp_path) == 1
    assert read_log(tmp_path).state(np.arange(4)).verdict.tolist() == [0, 1, 0, 1]
    assert (tmp_path / "decisions.damaged.jsonl").read_bytes() == instead(two) + b"\n"


def test_a_torn_line_counts_once_it_is_whole(tmp_path: Path) -> None:
    text = json.dumps(line("a", ids=[1], verdict="pin")) + "\n"
    file = tmp_path / "decisions.jsonl"
    for end in (0, 7, len(text) - 1):
        file.write_text(text[:end])
        assert (len(read_log(tmp_path)), read_log(tmp_path).unreadable) == (0, 0)
    file.write_text(text)
    assert len(read_log(tmp_path)) == 1


def test_other_contents_are_read_anew(tmp_path: Path) -> None:
    assert len(read_log(tmp_path)) == 0
    assert len(read_log(tmp_path / "nowhere")) == 0
    first = write(tmp_path, [line("a", ids=[1], verdict="pin")])
    assert read_log(tmp_path) is first
    long = write(tmp_path, [line("b", ids=[1], verdict="exclude"), line("c", ids=[2], note="n")])
    assert [event.event for event in long.events] == ["b", "c"]
    assert long.version != first.version
    assert [event.event for event in first.events] == ["a"]  # a log that was handed out stays
    file = tmp_path / "decisions.jsonl"
    other = tmp_path / "other"
    other.write_bytes(file.read_bytes() + json.dumps(line("d", ids=[3], note="n")).encode() + b"\n")
    other.replace(file)
    assert [event.event for event in read_log(tmp_path).events] == ["b", "c", "d"]
    file.unlink()
    assert len(read_log(tmp_path)) == 0


def test_a_look_at_an_unchanged_log_is_one_stat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, [1], by="a", verdict="pin")
    log = read_log(tmp_path)
    calls: list[object] = []
    stat: Callable[..., os.stat_result] = os.stat

    def counted(path: object, **options: object) -> os.stat_result:
        calls.append(path)
        return stat(path, **options)

    monkeypatch.setattr(os, "stat", counted)
    monkeypatch.setattr(Path, "open", None)
    assert read_log(tmp_path) is log
    assert calls == [tmp_path / "decisions.jsonl"]


@pytest.mark.parametrize("link", [False, True])
def test_a_pipe_or_a_device_in_place_of_the_log_is_said(tmp_path: Path, *, link: bool) -> None:
    file = tmp_path / "decisions.jsonl"
    if link:
        file.symlink_to("/dev/zero")
    else:
        os.mkfifo(file)
    with pytest.raises(DLCError, match="is no plain file"):
        read_log(tmp_path)


def test_a_log_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "decisions.jsonl").mkdir()
    with pytest.raises(DLCError, match=r"cannot read .*decisions\.jsonl"):
        read_log(tmp_path)


def test_the_state_of_many_samples() -> None:
    n = 100_000
    rng = np.random.default_rng(0)
    ids = np.flatnonzero(rng.random(n + 1000) < 0.999)  # gaps where faults were
    bulk = [np.flatnonzero(rng.random(n) < 0.3) for _ in range(3)]
    events = [Event(str(i), "t", "a", part, verdict="exclude") for i, part in enumerate(bulk)]
    events.append(Event("n", "t", "a", bulk[0][:1000], note="n"))
    log = Log(tuple(events))
    state = log.state(ids)
    excluded = np.zeros(n + 1000, dtype=np.bool_)
    excluded[np.concatenate(bulk)] = True
    np.testing.assert_array_equal(state.excluded, excluded[ids])


def test_fields_are_independent() -> None:
    ids = np.array([1, 2], dtype=np.int64)
    both = Event("b", "t", "a", ids, verdict="pin", note="n")
    cleared = Event("c", "t", "a", ids[:1], verdict=None)
    assert standing([both, cleared], "verdict", ids).tolist() == [1, 0]
    assert standing([both, cleared], "note", ids).tolist() == [0, 0]
    assert standing([both, cleared], "relabel", ids).tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("values", "n", "words"),
    [
        ({"verdict": "exclude"}, 3, "Excluded 3 samples"),
        ({"verdict": "pin"}, 1, "Pinned 1 sample"),
        ({"verdict": None}, 1000, "Cleared pin or exclusion of 1,000 samples"),
        ({"relabel": "dog"}, 1, "Relabelled 1 sample as dog"),
        ({"relabel": "a {}\n{0}"}, 2, "Relabelled 2 samples as a {} {0}"),
        ({"relabel": None}, 2, "Cleared the new label of 2 samples"),
        ({"note": "n"}, 1, "Noted 1 sample"),
        ({"note": None}, 1, "Cleared the note on 1 sample"),
        ({"verdict": "exclude", "note": "n"}, 1, "Excluded 1 sample, noted it"),
        (
            {"verdict": "pin", "relabel": "a {}", "note": None},
            2,
            "Pinned 2 samples, relabelled them as a {}, cleared the note on them",
        ),
        ({"undo": "x"}, 0, "Took an act back"),
        ({"redo": "x"}, 0, "Brought an act back"),
    ],
)
def test_events_in_words(values: dict[str, str], n: int, words: str) -> None:
    event = Event("e", "t", "a", np.arange(n), **values)  # type: ignore[arg-type]
    assert describe(event) == words


def test_unset_is_not_none() -> None:
    event = decoded(json.dumps(line("e", ids=[1], note=None)).encode())
    assert event is not None
    assert event.note is None
    assert event.verdict is UNSET
    assert event.fields == ("note",)
