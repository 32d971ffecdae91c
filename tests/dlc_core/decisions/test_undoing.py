from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dlc_core.decisions import can_redo, can_undo, history, read_log, record, redo, undo
from dlc_core.decisions.event import Event
from dlc_core.decisions.log import Log


def verdicts(folder: Path) -> list[int]:
    return list(read_log(folder).state(np.arange(4)).verdict.tolist())


def _name(event: Event | None) -> str | None:
    return None if event is None else event.event


class Tab:
    """A browser tab: it opens on the log as it is."""

    def __init__(self, folder: Path, by: str) -> None:
        self.folder, self.by, self.since = folder, by, len(read_log(folder))

    def act(self, ids: list[int], verdict: str | None) -> str:
        return record(self.folder, ids, by=self.by, verdict=verdict)

    def undo(self) -> str | None:
        peeked = can_undo(read_log(self.folder), by=self.by, since=self.since)
        done = undo(self.folder, by=self.by, since=self.since)
        assert _name(peeked) == _name(done)
        return _name(done)

    def redo(self) -> str | None:
        peeked = can_redo(read_log(self.folder), by=self.by, since=self.since)
        done = redo(self.folder, by=self.by, since=self.since)
        assert _name(peeked) == _name(done)
        return _name(done)


def test_undo_goes_back_and_redo_forth_one_act_at_a_time(tmp_path: Path) -> None:
    tab = Tab(tmp_path, "a")
    assert tab.undo() is None
    assert tab.redo() is None
    first, second = tab.act([0], "pin"), tab.act([0, 1], "exclude")
    assert verdicts(tmp_path) == [2, 2, 0, 0]
    assert tab.undo() == second
    assert verdicts(tmp_path) == [1, 0, 0, 0]
    assert tab.undo() == first
    assert tab.undo() is None
    assert verdicts(tmp_path) == [0, 0, 0, 0]
    assert tab.redo() == first
    assert tab.redo() == second
    assert tab.redo() is None
    assert verdicts(tmp_path) == [2, 2, 0, 0]
    assert tab.undo() == second
    tab.act([3], "pin")  # a new act ends what can be brought back
    assert tab.redo() is None
    assert verdicts(tmp_path) == [1, 0, 0, 1]


def test_two_tabs_never_touch_each_others_fresh_acts(tmp_path: Path) -> None:
    left, right = Tab(tmp_path, "left"), Tab(tmp_path, "right")
    pin = left.act([0], "pin")
    exclusion = right.act([0], "exclude")
    assert left.undo() == pin
    assert verdicts(tmp_path) == [2, 0, 0, 0]  # the other tab's later exclusion stands
    assert left.undo() is None
    assert right.undo() == exclusion
    assert verdicts(tmp_path) == [0, 0, 0, 0]
    assert left.redo() == pin
    assert verdicts(tmp_path) == [1, 0, 0, 0]
    assert right.redo() == exclusion
    assert verdicts(tmp_path) == [2, 0, 0, 0]
    assert left.redo() is None


def test_a_redo_comes_back_at_its_original_place(tmp_path: Path) -> None:
    left, right = Tab(tmp_path, "left"), Tab(tmp_path, "right")
    left.act([0], "pin")
    left.undo()
    right.act([0], "exclude")
    left.redo()  # earlier than the exclusion, so the exclusion has the last word
    assert verdicts(tmp_path) == [2, 0, 0, 0]
    assert [row.status for row in history(read_log(tmp_path))] == [
        "stands",
        "overridden by a later decision",
    ]


def test_another_tabs_act_leaves_redo_as_it_is(tmp_path: Path) -> None:
    left, right = Tab(tmp_path, "left"), Tab(tmp_path, "right")
    pin = left.act([0], "pin")
    left.undo()
    right.act([1], "pin")
    assert left.redo() == pin


def test_after_a_reload_everything_older_can_be_undone_and_redone(tmp_path: Path) -> None:
    old, other = Tab(tmp_path, "old"), Tab(tmp_path, "other")
    first = old.act([0], "pin")
    second = other.act([1], "pin")
    new = Tab(tmp_path, "new")
    fresh = other.act([2], "pin")
    own = new.act([3], "pin")
    assert [new.undo() for _ in range(4)] == [own, second, first, None]
    assert verdicts(tmp_path) == [0, 0, 1, 0]
    newest = Tab(tmp_path, "newest")
    assert newest.redo() == first
    assert newest.undo() == fresh


@settings(deadline=None)
@given(st.lists(st.sampled_from(["act", "undo", "redo"]), max_size=25))
def test_one_tab_is_an_editor_with_two_stacks(steps: list[str]) -> None:
    """The log of one tab against the two stacks that every editor has."""
    events: list[Event] = []
    done: list[str] = []
    undone: list[str] = []
    ids = np.array([0], dtype=np.int64)
    for number, step in enumerate(steps):
        log = _fold(events)
        back, forth = can_undo(log, by="a", since=0), can_redo(log, by="a", since=0)
        assert _name(back) == (done[-1] if done else None)
        assert _name(forth) == (undone[-1] if undone else None)
        name = str(number)
        if step == "act":
            events.append(Event(name, "t", "a", ids, verdict="pin"))
            done.append(name)
            undone.clear()
        elif step == "undo" and back is not None:
            events.append(Event(name, "t", "a", ids[:0], undo=back.event))
            undone.append(done.pop())
        elif step == "redo" and forth is not None:
            events.append(Event(name, "t", "a", ids[:0], redo=forth.event))
            done.append(undone.pop())


def _fold(events: list[Event]) -> Log:
    last = {e.undo or e.redo: e.redo is not None for e in events if not e.fields}
    return Log(tuple(replace(e, active=last.get(e.event, True)) for e in events))
