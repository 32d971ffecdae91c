"""The place for a file that comes back: what it is said to be, then what can be done with it."""

from __future__ import annotations

import streamlit as st

from dashboard.escaping import for_markdown, shortened
from dashboard.reimport.decisions import decisions_found
from dashboard.reimport.recipe import recipe_found
from dashboard.reimport.subset import subset_found
from dashboard.view_cache import BY_STAMP
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.reimport import Brought, recognised

_LONGEST = 400  # characters of a sentence on a file; what it quotes may be endless


def bring_back(view: View) -> None:
    """Ask for a file, say what it is, and offer what can be done with it."""
    with st.expander("Bring back a file", icon=":material/upload_file:", key="bring-back"):
        st.caption(
            "A recipe, decisions or a subset that was taken away earlier, from this run or another "
            "one of the same data. What it is, is told by what is in it; nothing happens before "
            "you say so."
        )
        file = st.file_uploader("File", key="bring-back-file", label_visibility="collapsed")
        if file is None:
            return
        found = _recognised(view, file.file_id, file.getvalue())
        name = for_markdown(shortened(file.name, 60))
        if isinstance(found, str):
            said = for_markdown(shortened(found, _LONGEST))
            st.error(f"{name} cannot be used: {said}", icon=":material/error:")
            return
        with st.container(border=True, key="brought-back"):
            _show(view, found, name)


def _show(view: View, found: Brought, name: str) -> None:
    if found.record is not None and found.rebuilt is not None and found.decisions is not None:
        recipe_found(view, name, found.record, found.rebuilt, found.decisions)
    elif found.decisions is not None:
        decisions_found(view, name, found.decisions, by_id=found.by_id)
    elif found.named is not None:
        subset_found(view, name, found.what, found.named)


@st.cache_resource(
    max_entries=4, show_spinner="Reading the file …", show_time=True, hash_funcs=BY_STAMP
)
def _recognised(view: View, upload: str, _data: bytes) -> Brought | str:  # noqa: ARG001
    """Return what is in an upload, read once; or why it cannot be used."""
    try:
        return recognised(view.run, _data)
    except DLCError as error:
        return str(error)
