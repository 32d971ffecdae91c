"""Export: the subset as a file that training code reads."""

import streamlit as st

from dashboard.error_sentences import sentences
from dashboard.escaping import for_markdown, visible_name
from dashboard.export.commands import commands
from dashboard.export.history_list import finished
from dashboard.export.images import image_form
from dashboard.export.report import report_form
from dashboard.export.summary import part_control, summary
from dashboard.export.tables import table_cards
from dashboard.features_check import checking_line
from dashboard.page_frame import require_view
from dashboard.recipe import recipe_controls, subset
from dashboard.reimport import bring_back
from dashboard.slow_strategies import StillChoosingError
from dashboard.slow_strategy_panel import choosing_panel
from dashboard.toasts import show_said
from dlc_core.analysis.by_score import by_score
from dlc_core.errors import DLCError
from dlc_core.export import subset_table
from dlc_core.plurals import counted

PREVIEW = 20  # rows

view = require_view("Export")
show_said()
st.title("Export")
top = st.container()
with st.expander("Change the recipe", icon=":material/tune:"):
    recipe = recipe_controls(view)
bring_back(view)
try:
    kept = subset(view, recipe)
    view = by_score(view, recipe.score)
except StillChoosingError as error:
    with top:
        choosing_panel(error.wanted)
    st.subheader("Exports of this run")
    finished(view)
    st.stop()
except DLCError as error:
    st.error(for_markdown(str(error)), icon=":material/error:")
    st.stop()
with top:
    checking_line(view, recipe)
    summary(view, kept)
part = part_control(kept)

st.subheader("Tables and code")
table_cards(view, kept, part)

left, right = st.columns([3, 2], gap="medium")
with left:
    st.subheader("Images")
    with st.container(border=True, height="stretch"):
        format_name, mode = image_form(view, kept, part)
with right:
    st.subheader("Report")
    with st.container(border=True, height="stretch"):
        report_form(view, kept)

st.subheader("Exports of this run")
finished(view)

st.subheader("The same on the command line")
lines = commands(view, kept, part, format_name=format_name, mode=mode)
st.code(lines, language="bash", wrap_lines=True)

st.subheader(f"The first {counted(min(PREVIEW, len(kept)), 'kept sample')}")
with sentences():
    preview = subset_table(view.run, kept.ids[:PREVIEW])
    for name in ("path", "label", "original_label"):
        if name in preview:
            preview[name] = preview[name].map(visible_name)
    st.dataframe(preview, hide_index=True, height=280)
