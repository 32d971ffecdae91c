"""Explore: which samples are hard, why, what they look like: one selection in one linked view."""

import numpy as np
import streamlit as st

from dashboard.decision_buttons import asked, asking_dialog
from dashboard.error_sentences import sentences
from dashboard.escaping import for_markdown
from dashboard.explore import filter_in_address
from dashboard.explore.background import background_line, map_settings
from dashboard.explore.chips import chips
from dashboard.explore.expression import expression_line
from dashboard.explore.faults import draw_faults
from dashboard.explore.filter_bar import filter_bar
from dashboard.explore.gallery import draw_gallery, picked_ids
from dashboard.explore.map import colour_choice, draw_map
from dashboard.explore.score import chosen_view
from dashboard.explore.score_histogram import draw_histogram
from dashboard.page_frame import require_view
from dashboard.progress import map_panel
from dashboard.run_summary import summary
from dashboard.sample import sample_dialog, sample_is_open
from dashboard.toasts import show_said
from dlc_core.analysis.filter import FAULT
from dlc_core.analysis.filter_masks import matches

view = require_view("Explore")
head, numbers = st.columns([1, 4], vertical_alignment="bottom")
head.title("Explore")
with numbers:
    summary(view)
with st.container():  # always there, so that nothing below moves
    background_line(view)


@st.fragment
@sentences()
def linked() -> None:
    """Filters, map, histogram and gallery show one selection."""
    seen = chosen_view(view)
    wanted = filter_in_address.current(seen)
    show_said()
    filter_bar(seen, wanted)
    shown = matches(seen, wanted)
    chips(seen, wanted, int(np.count_nonzero(shown)))
    expression_line(seen, wanted)
    left, right = st.columns([1, 1], gap="medium")
    with left:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            colour_choice(seen)
            map_settings(view)
            st.caption(
                f"{for_markdown(view.layout or 'No map yet')} · drag to lasso, click to open",
                width="content",
            )
        if view.map is None:
            map_panel(view.run.path)
        else:
            rows = [row for row in map(view.row_of, picked_ids(view)) if row is not None]
            draw_map(seen, wanted, shown, rows)
        draw_histogram(seen, wanted, shown)
    with right:
        if FAULT in wanted.issues:
            draw_faults(view, wanted)
        else:
            draw_gallery(seen, shown)
    if sample_is_open(view):
        sample_dialog(seen)
    elif asked() is not None:
        asking_dialog(view, filter_in_address.drop_picks)


linked()
st.page_link("pages/prune.py", label="Next: choose what to keep", icon=":material/content_cut:")
