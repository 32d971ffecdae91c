"""Decisions that come back: how many of each; one click takes them over, another back."""

from __future__ import annotations

import streamlit as st

from dashboard.decision_buttons import since, tab
from dashboard.toasts import say
from dlc_core.analysis.run_view import View
from dlc_core.decisions import EXCLUDE, PIN, Offered, read_log, take_over, undo_all
from dlc_core.errors import DLCError
from dlc_core.plurals import counted

_ACTS = "brought-back-acts"  # (run, ids of the acts of the last take-over)
_WORDS = {"pin": "pin", "exclude": "exclusion", "relabel": "relabel", "note": "note"}


def decisions_found(view: View, name: str, found: Offered, *, by_id: bool) -> None:
    """Say what they decide, and offer to take it over.

    Args:
        view: of the run.
        name: of the file, as markdown.
        found: the decisions.
        by_id: whether they name samples by number only.
    """
    st.markdown(
        f"**{name} holds decisions** on {counted(len(found.said), 'sample')} of this run: "
        f"{in_words(found)}."
    )
    if by_id:
        st.warning(
            "It is a log, which knows samples by number only: right for a run of the very same "
            "folder, wrong for any other.",
            icon=":material/warning:",
        )
    with st.container(horizontal=True):
        take_over_buttons(view, found)


def in_words(found: Offered) -> str:
    """Return, for example, "2 pins, 1 relabel; 3 samples are not in this run"."""
    counts = found.counts
    said = ", ".join(counted(counts[key], word) for key, word in _WORDS.items() if counts[key])
    said = said or "no decision"
    if found.unknown:
        it = "it names is" if found.unknown == 1 else "it names are"
        said += f"; {counted(found.unknown, 'sample')} {it} not in this run"
    return said


def take_over_buttons(view: View, found: Offered) -> None:
    """Show a button that takes decisions over, and one that takes the last take-over back."""
    new = new_in(view, found)

    def take() -> None:
        since(view)
        try:
            acts = take_over(view.run, found, by=tab())
        except DLCError as error:
            say(str(error), icon="error")
            return
        st.session_state[_ACTS] = (view.run.name, acts)
        say(f"Decided on {counted(len(found.said), 'sample')} as the file says.")

    st.button(
        "Take over its decisions",
        key="take-over",
        icon=":material/gavel:",
        disabled=not new,
        on_click=take,
        help=f"{in_words(found)}: on {counted(new, 'sample')} another decision stands now, or "
        "none. What the file does not name stays as it is."
        if new
        else "It decides nothing that does not stand already.",
    )
    run, acts = st.session_state.get(_ACTS, ("", []))
    log = read_log(view.run.path)
    standing = [act for act in acts if (event := log.find(act)) is not None and event.active]
    if run != view.run.name or not standing:
        return

    def back() -> None:
        try:
            undo_all(view.run.path, standing, by=tab())
        except DLCError as error:
            say(str(error), icon="error")
        else:
            say("Took the file's decisions back.")

    st.button(
        "Undo the take-over", key="take-over-undo", icon=":material/undo:", on_click=back,
        help="Takes back these decisions alone, whatever was decided since.",
    )  # fmt: skip


def new_in(view: View, found: Offered) -> int:
    """Return on how many samples they say something that does not stand now."""
    now = view.decided()
    codes = {None: 0, "pin": PIN, "exclude": EXCLUDE}
    verdicts = dict(zip(now.ids.tolist(), now.verdict.tolist(), strict=True))
    return sum(
        (verdict is not None and verdicts[identity] != codes[verdict])
        or (relabel is not None and now.relabelled.get(identity) != relabel)
        or (note is not None and now.notes.get(identity) != note)
        for identity, (verdict, relabel, note) in found.said.items()
    )
