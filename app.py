"""The dashboard's frame: page config, navigation and the choice of the run."""

import streamlit as st

from dashboard.error_sentences import sentences
from dashboard.frame import choose_run
from dashboard.server_settings import set_data_roots

set_data_roots()
st.set_page_config(page_icon="🎯", layout="wide")

score = st.Page("pages/score.py", title="Score", icon=":material/speed:")
explore = st.Page("pages/explore.py", title="Explore", icon=":material/scatter_plot:")
classes = st.Page("pages/classes.py", title="Classes", icon=":material/category:")
compare = st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:")
decisions = st.Page("pages/decisions.py", title="Decisions", icon=":material/gavel:")
prune = st.Page("pages/prune.py", title="Prune", icon=":material/content_cut:")
evidence = st.Page("pages/evidence.py", title="Evidence", icon=":material/science:")
export = st.Page("pages/export.py", title="Export", icon=":material/download:")


home = st.Page(lambda: None, title="Home", default=True, visibility="hidden", url_path="home")
page = st.navigation(
    {
        "": [home],
        "Measure": [score],
        "Look": [explore, classes, compare],
        "Decide": [decisions, prune, evidence, export],
    },
    expanded=True,
)
if page == home:  # every page keeps an address of its own
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    st.switch_page(explore, query_params=asked)
with sentences():
    choose_run(page.title)
    page.run()
