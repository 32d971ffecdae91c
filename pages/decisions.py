"""Decisions: what people said of single samples, what stands, and what overrides what."""

import pandas as pd
import streamlit as st

from dashboard.decision_buttons import decision_buttons, tab, undo_buttons
from dashboard.error_sentences import sentences
from dashboard.escaping import visible_name
from dashboard.gallery import gallery, picked, tiles
from dashboard.page_frame import require_view
from dashboard.sample import sample_dialog, sample_is_open
from dashboard.session_keys import LIST_KEY, OPEN_KEY
from dashboard.toasts import show_said
from dlc_core.decisions import history, read_log
from dlc_core.plurals import counted

MOST_ACTS = 500
PAGE = 100  # tiles
TILES = "decided-gallery"

view = require_view("Decisions")
st.title("Decisions")


def opened() -> None:
    """Remember which tile was opened."""
    st.session_state[OPEN_KEY] = (view.run.name, int(st.session_state[TILES]["open"]))


def renew() -> None:
    """Let the gallery forget what was picked."""
    st.session_state["decided-turn"] = st.session_state.get("decided-turn", 0) + 1


@st.fragment
@sentences()
def decided_samples() -> None:
    """What stands, as pictures, and every act with what became of it."""
    show_said()
    log = read_log(view.run.path)
    decided = view.decided()
    if not len(log):
        st.info("Nothing is decided yet. Pick samples on Explore and press p, x, r or n.")
        st.page_link("pages/explore.py", label="Go to Explore", icon=":material/scatter_plot:")
        return
    counts = decided.counts
    st.markdown(
        f"**{counted(counts['decided'], 'sample')} decided**: {counts['pin']:,} pinned · "
        f"{counts['exclude']:,} excluded · {counts['relabel']:,} relabelled · "
        f"{counts['note']:,} with a note"
    )
    st.caption(
        "The last act that stands counts: pin and exclude override each other, label and note are "
        "apart. Prune and Export keep pins and leave out exclusions; subsets and exports carry the "
        "labels that people gave. Undo takes back this tab's own acts, and what was there when it "
        "opened."
    )
    left, right = st.columns([1, 1], gap="medium")
    rows = decided.decided.nonzero()[0]
    with left:
        revision = f"{view.run.name} {st.session_state.get('decided-turn', 0)}"
        with st.container(horizontal=True, gap="small", key="deciding"):
            decision_buttons(view, picked(TILES, revision), key="decided", then=renew)
            undo_buttons(view, key="decided", then=renew)
        pages = max(1, -(-len(rows) // PAGE))
        page = min(int(st.session_state.get("decided-page") or 1), pages)
        part = rows[(page - 1) * PAGE : page * PAGE]
        st.session_state[LIST_KEY] = view.ids[rows]
        with st.container(height=520, border=False):
            gallery(
                tiles(view, part, decided),
                key=TILES,
                on_open=opened,
                revision=revision,
                empty="Everything that was decided has been taken back.",
            )
        if pages > 1:
            st.pagination(pages, key="decided-page", max_visible_pages=7)
    with right:
        acts = history(log, newest=MOST_ACTS)
        table = pd.DataFrame(
            {
                "when (UTC)": [act.time[:19].replace("T", " ") for act in acts],
                "by": ["this tab" if act.by == tab() else visible_name(act.by[:6]) for act in acts],
                "what": [visible_name(act.what) for act in acts],
                "became of it": [act.status for act in acts],
                "stands for": [act.standing for act in acts],
            }
        )
        st.dataframe(table, hide_index=True, height=min(560, 38 + 35 * len(table)))
        if log.unreadable:
            st.warning(f"{counted(log.unreadable, 'line')} of decisions.jsonl could not be read.")
    if sample_is_open(view):
        sample_dialog(view)


decided_samples()
