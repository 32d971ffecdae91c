"""Decisions from the pages: what a tab says of samples, saved at once, and taken back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from dashboard.decision_fields import note_field, relabel_field
from dashboard.escaping import for_markdown
from dashboard.rerun import draw_anew
from dashboard.toasts import say
from dlc_core.analysis.run_view import View
from dlc_core.decisions import (
    can_redo,
    can_undo,
    describe,
    read_log,
    record,
    redo,
    undo,
)
from dlc_core.errors import DLCError
from dlc_core.plurals import counted

_TAB, _SINCE = "tab", "tab-since"
_DONE = "decisions-made"  # a count: another one empties the fields of the popovers
_ASK = "ask-for"  # which popover a key has asked for: "relabel" or "note"
Done = Callable[[], None]


def tab() -> str:
    """Return the random id of this browser tab's session."""
    return str(st.session_state.setdefault(_TAB, uuid.uuid4().hex))


def since(view: View) -> int:
    """Return how many events the run's log had when this tab first looked at it."""
    seen: dict[str, int] = st.session_state.setdefault(_SINCE, {})
    return seen.setdefault(str(view.run.path), len(read_log(view.run.path)))


def decide(view: View, ids: Sequence[int], **what: str | None) -> None:
    """Record a decision on samples; say so, or why not."""
    since(view)
    try:
        event = record(view.run.path, ids, by=tab(), **what)
    except DLCError as error:
        say(str(error), icon="error")
        return
    found = read_log(view.run.path).find(event)
    if found is not None:
        say(f"{describe(found)}. Undo takes it back.")


def take_back(view: View, *, again: bool = False) -> None:
    """Undo this tab's last decision, or redo the one undone last."""
    try:
        event = (redo if again else undo)(view.run.path, by=tab(), since=since(view))
    except DLCError as error:
        say(str(error), icon="error")
        return
    if event is None:
        say("There is nothing to redo." if again else "There is nothing to undo.", icon="info")
    else:
        say(f"{'Redone' if again else 'Undone'}: {describe(event)}.")


def act(view: View, name: str, ids: Sequence[int]) -> None:
    """Do what a key of the gallery says; relabel and note open their field instead."""
    if name in ("undo", "redo"):
        take_back(view, again=name == "redo")
    elif name in ("pin", "exclude") and ids:
        decide(view, ids, verdict=name)
    elif name in ("relabel", "note") and ids:
        st.session_state[_ASK] = (name, tuple(ids))


def undo_buttons(view: View, *, key: str, then: Done = lambda: None) -> None:
    """Show undo and redo of decisions, each saying what it would do."""
    log = read_log(view.run.path)
    for again, icon, peek in ((False, "undo", can_undo), (True, "redo", can_redo)):
        event = peek(log, by=tab(), since=since(view))
        name = "Redo" if again else "Undo"

        def back(again: bool = again) -> None:
            take_back(view, again=again)
            then()

        st.button(
            f":material/{icon}:",
            key=f"{key}-{icon}",
            disabled=event is None,
            help=f"{name}: {for_markdown(describe(event))}" if event else f"No decision to {icon}.",
            on_click=back,
        )


def decision_buttons(view: View, ids: Sequence[int], *, key: str, then: Done) -> None:
    """Show what can be said of samples; call it inside a horizontal container.

    Args:
        view: the run.
        ids: the samples; none = the buttons wait.
        key: prefix of the widgets' keys.
        then: called after a decision.
    """
    none = not ids
    turn = int(st.session_state.get(_DONE, 0))
    popovers = (f"{key}-relabelling", f"{key}-noting")

    def done(**what: str | None) -> None:
        decide(view, ids, **what)
        st.session_state.pop(_ASK, None)
        st.session_state[_DONE] = turn + 1
        st.session_state.update(dict.fromkeys(popovers, False))  # closed, the focus on its button
        then()

    for name, icon, words in (
        ("pin", "push_pin", "Always keep, whatever the recipe says (key p in the gallery)."),
        ("exclude", "block", "Never keep (key x in the gallery)."),
    ):
        st.button(
            name.capitalize(),
            icon=f":material/{icon}:",
            key=f"{key}-{name}",
            disabled=none,
            help=words,
            on_click=lambda name=name: done(verdict=name),
        )
    opens: dict[str, Any] = {"disabled": none, "on_change": "rerun"}
    with st.popover("Relabel", icon=":material/label:", key=popovers[0], **opens):
        relabel_field(view, ids, key, done, turn=turn)
    with st.popover("Note", icon=":material/notes:", key=popovers[1], **opens):
        note_field(key, done, turn=turn)
    st.button(
        "Clear",
        icon=":material/ink_eraser:",
        key=f"{key}-clear",
        disabled=none,
        help="Take back verdict, label and note of these samples.",
        on_click=lambda: done(verdict=None, relabel=None, note=None),
    )


def asked() -> tuple[str, tuple[int, ...]] | None:
    """Return what a key of the gallery has asked to fill in, and for which samples."""
    found: tuple[str, tuple[int, ...]] | None = st.session_state.get(_ASK)
    return found


def forget_asking() -> None:
    """Close that field."""
    st.session_state.pop(_ASK, None)


@st.dialog("Decide", on_dismiss=forget_asking)
def asking_dialog(view: View, then: Done) -> None:
    """Ask for the label or the note that a key of the gallery wants to give."""
    wanted = asked()
    if wanted is None:
        draw_anew()
    name, ids = wanted
    st.caption(counted(len(ids), "sample"))

    def done(**what: str | None) -> None:
        decide(view, ids, **what)
        forget_asking()
        then()

    if name == "relabel":
        relabel_field(view, ids, "asked", done)
    else:
        note_field("asked", done)
    if asked() is None:
        draw_anew()
