"""The dashboard's frame: page config, navigation and the choice of the run."""

import streamlit as st

from dashboard.frame import choose_run

st.set_page_config(page_icon="🎯", layout="wide")

score = st.Page("pages/score.py", title="Score", icon=":material/speed:")
explore = st.Page("pages/explore.py", title="Explore", icon=":material/scatter_plot:")
prune = st.Page("pages/prune.py", title="Prune", icon=":material/content_cut:")
export = st.Page("pages/export.py", title="Export", icon=":material/download:")


def home() -> None:
    """Open where the work is: every page keeps an address of its own."""
    st.switch_page(explore)


page = st.navigation(
    {
        "": [st.Page(home, title="Home", default=True, visibility="hidden")],
        "Measure": [score],
        "Look": [explore],
        "Decide": [prune, export],
    },
    expanded=True,
)
choose_run()
page.run()
