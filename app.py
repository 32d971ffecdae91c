"""The dashboard's frame: page config, navigation and the choice of the run."""

import streamlit as st

from dashboard.error_sentences import sentences
from dashboard.page_frame import choose_run
from dashboard.page_registry import PAGES
from dashboard.server_settings import set_data_roots

set_data_roots()
st.set_page_config(page_icon="🎯", layout="wide")

home = st.Page(lambda: None, title="Home", default=True, visibility="hidden", url_path="home")
groups = {"": [home]}
for entry in PAGES.values():
    made = st.Page(entry.file, title=entry.title, icon=entry.icon)
    groups.setdefault(entry.group, []).append(made)
page = st.navigation(groups, expanded=True)
if page == home:  # every page keeps an address of its own
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    st.switch_page(PAGES["Explore"].file, query_params=asked)
with sentences():
    choose_run(page.title)
    page.run()
