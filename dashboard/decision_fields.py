"""What a decision asks for: the right label, or a note."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from dashboard.escaping import visible_name
from dlc_core.analysis.run_view import View

_MOST_SUSPECTED = 1000  # samples whose likely class is looked up


def relabel_field(
    view: View, ids: Sequence[int], key: str, done: Callable[..., None], *, turn: int = 0
) -> None:
    """Ask for the right class of samples; the one that they look like is filled in.

    Args:
        view: the run.
        ids: the samples.
        key: prefix of the widgets' keys.
        done: called with relabel=NAME.
        turn: another one empties the field.
    """
    likely = suspected_class(view, ids)
    field = f"{key}-label-{turn}-{ids[0] if len(ids) == 1 else len(ids)}-{likely}"
    st.selectbox(
        "The right class",
        view.present,
        index=None if likely is None else view.present.index(likely),
        format_func=lambda class_id: visible_name(view.classes[class_id]),
        key=field,
        placeholder="Type to search",
        help=None if likely is None else "Filled in: the class that these samples look like.",
    )
    chosen: int | None = st.session_state.get(field)
    st.button(
        "Relabel",
        key=f"{key}-relabel",
        type="primary",
        disabled=chosen is None,
        on_click=lambda: done(relabel=None if chosen is None else view.classes[chosen]),
    )


def suspected_class(view: View, ids: Sequence[int]) -> int | None:
    """Return the class that these samples are suspected to be of, if it is one and not theirs."""
    if view.issues is None or not 0 < len(ids) <= _MOST_SUSPECTED:
        return None
    rows = np.searchsorted(view.ids, ids)
    suspected = np.unique(view.issues["suspected_class"].to_numpy()[rows])
    if len(suspected) > 1 or (view.class_ids[rows] == suspected[0]).any():
        return None
    return int(suspected[0]) if int(suspected[0]) in view.present else None


def note_field(key: str, done: Callable[..., None], *, turn: int = 0) -> None:
    """Ask for a note.

    Args:
        key: prefix of the widgets' keys.
        done: called with note=TEXT, or None for an empty one.
        turn: another one empties the field.
    """
    field = f"{key}-text-{turn}"
    st.text_area("Note", key=field, max_chars=2000, height=90)
    st.button(
        "Save the note",
        key=f"{key}-note",
        type="primary",
        on_click=lambda: done(note=(st.session_state.get(field) or "").strip() or None),
        help="An empty note takes the old one away.",
    )
