"""Evidence: would a subset train as well as a random one of the same size? Measured."""

import streamlit as st

from dashboard.evidence.form import ask, measure_button
from dashboard.evidence.job_panel import draw_work
from dashboard.evidence.results import draw_results
from dashboard.evidence.shown_record import first_choice, others, shown
from dashboard.evidence.trust import draw_trust
from dashboard.page_frame import require_view
from dashboard.recipe import current_recipe
from dashboard.toasts import show_said
from dlc_core.evidence.live_record import reading_of

view = require_view("Evidence")
show_said()
st.title("Evidence")
st.caption(
    "Would a subset train as well as a random one of the same size? Measured on this run's own "
    "features and labels: each strategy chooses, a probe learns, held-out samples judge."
)
recipe = current_recipe(view)
results, form = st.columns([3, 1], gap="large")
with form:
    asked = ask(view, recipe, first_choice(view))
with results:
    with st.container():  # what comes after keeps its place, whatever there is to say
        running = draw_work(view.run.path)
    with st.container():
        folder = shown(view, asked)
    if folder is not None:
        draw_results(view, folder, recipe, running=running)
        reading = reading_of(folder)
        if reading is not None:
            draw_trust(reading, others(view, reading))
with form:
    measure_button(view, asked)
st.page_link("pages/prune.py", label="Back: choose the subset", icon=":material/content_cut:")
st.page_link("pages/export.py", label="Next: take the subset away", icon=":material/download:")
