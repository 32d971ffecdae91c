"""Files that could not be read, where one asks for them."""

from __future__ import annotations

import streamlit as st

from dashboard.escaping import for_markdown, visible_name
from dlc_core.analysis.filter import Filter
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError

_MOST = 1000


def draw_faults(view: View, wanted: Filter) -> None:
    """List the faults that meet the filter's classes and name; the rest is about samples."""
    try:
        table = view.run.faults
    except DLCError as error:
        st.error(for_markdown(str(error)), icon=":material/error:")
        return
    if wanted.classes:
        table = table[table["label"].isin([view.classes[c] for c in wanted.classes])]
    if wanted.name:
        table = table[table["path"].str.contains(wanted.name, case=False, regex=False)]
    st.markdown(
        f"**Faults: {len(table):,}** :small[files that were left out; class and name apply]"
    )
    shown = table.head(_MOST).copy()
    for column in shown.columns:
        shown[column] = shown[column].map(visible_name)
    st.dataframe(shown, hide_index=True, height=560)
    if len(table) > _MOST:
        st.caption(f"The first {_MOST:,} are listed; dlc info lists all.")
