"""Score: choose data and backbone, start, watch, and open what is done."""

import shlex

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.page_frame import current_path
from dashboard.rerun import draw_anew
from dashboard.runs_table import runs_table
from dashboard.scoring.form import score_form
from dashboard.scoring.look_panel import look, look_panel
from dashboard.scoring.readable_request import arguments, estimated, start
from dashboard.scoring.recents import remember
from dashboard.server_settings import runs_folder
from dlc_core.errors import DLCError
from dlc_core.jobs.new_run import run_name

st.title("Score")
st.caption(
    "How hard is each sample? A frozen pre-trained backbone loses ever more of its weights, and "
    "each sample's nearest-centroid loss is averaged on the way. Nothing is trained."
)

with st.container(border=True):
    request = score_form()
    suggested = run_name(request, runs_folder())
    name = st.text_input("Name of the run", value=suggested, key=f"name-{suggested}")
    action, looking, ask, shown = st.columns([2, 1.4, 1.6, 6], vertical_alignment="center")
    pressed = action.button(
        "Start scoring", type="primary", icon=":material/play_arrow:", width="stretch"
    )
    shown.code(
        shlex.join(["dlc", *arguments(request, runs_folder() / str(name or "run"))]),
        language="bash",
        wrap_lines=True,
    )
    if looking.button(
        "Look",
        icon=":material/visibility:",
        width="stretch",
        help="Counts, classes, sizes and a few images, before anything is scored.",
    ):
        try:
            with st.spinner("Listing, and opening a few images …", show_time=True):
                st.session_state["looked"] = look(request)
        except DLCError as error:
            st.session_state.pop("looked", None)
            st.error(for_markdown(str(error)), icon=":material/error:")
    if ask.button(
        "Estimate",
        icon=":material/timer:",
        width="stretch",
        help="Loads the backbone and tries a few images: how long, how much memory and disk.",
    ):
        try:
            with st.spinner("Loading the backbone and trying a few images …", show_time=True):
                st.info(for_markdown(estimated(request, runs_folder())), icon=":material/timer:")
        except DLCError as error:
            st.error(for_markdown(str(error)), icon=":material/error:")
    if pressed:
        try:
            start(request, str(name or ""), runs_folder())
            remember(request)
        except DLCError as error:
            st.error(for_markdown(str(error)), icon=":material/error:")
        else:
            draw_anew()

    if "looked" in st.session_state:
        look_panel(st.session_state["looked"])

runs_table(runs_folder(), current_path())
