"""Compare: where two runs of the same data agree on what is hard, and where they do not."""

import numpy as np
import streamlit as st

from dashboard import media
from dashboard.compared_runs import open_pair, per_class
from dashboard.error_sentences import sentences
from dashboard.escaping import for_markdown
from dashboard.explore.map_colours import CIVIDIS, CIVIDIS_DARK
from dashboard.gallery import gallery, tiles
from dashboard.page_frame import require_view, run_names
from dashboard.sample import sample_dialog, sample_is_open
from dashboard.scatter import Scale, scatter
from dashboard.server_settings import runs_folder
from dashboard.session_keys import LIST_KEY, OPEN_KEY
from dashboard.settings_in_address import chosen, widget
from dashboard.toasts import show_said
from dlc_core.analysis.filter_masks import inside
from dlc_core.analysis.run_pair import RunPair
from dlc_core.errors import DLCError
from dlc_core.plurals import counted

PAGE = 60
CHART, TILES, LASSO = "compare-chart", "compare-gallery", "compare-lasso"
APART = Scale("Percentiles apart", CIVIDIS, CIVIDIS_DARK, ((0.0, "0"), (0.5, "50"), (1.0, "100")))

view = require_view("Compare")
st.title("Compare")
others = [name for name in run_names() if name != view.run.name]
if not others:
    st.info("There is one run only. Score the same data with another backbone or profile.")
    st.page_link("pages/score.py", label="Go to Score", icon=":material/speed:")
    st.stop()
name = chosen("with", others, others[0])
st.selectbox(f"{for_markdown(view.run.name)} with", others, width=320, **widget("with", name))
try:
    pair = open_pair(view, runs_folder() / name)
except DLCError as error:
    st.warning(for_markdown(str(error)), icon=":material/warning:")
    st.stop()


def numbers(pair: RunPair) -> None:
    """Show how far the two agree."""
    found, overlap = pair.found, pair.found.overlap()
    columns = st.columns(4)
    columns[0].metric("In both", f"{len(found):,}", border=True)
    columns[1].metric(
        "Rank agreement",
        f"{found.spearman:.3f}",
        border=True,
        help="Spearman's correlation within classes, mean over classes: 1 = the same order.",
    )
    columns[2].metric(
        "Same hardest 20 %",
        f"{100 * overlap.agreed:.0f} %",
        border=True,
        help=f"By chance it would be {100 * overlap.chance:.0f} %.",
    )
    columns[3].metric(
        "Not compared",
        f"{found.only_first + found.only_second + found.label_differs:,}",
        border=True,
        help=f"{found.only_first:,} only here, {found.only_second:,} only there, "
        f"{found.label_differs:,} with another label there.",
    )


@st.fragment
@sentences()
def linked() -> None:
    """Scatter of percentiles and the samples that disagree most."""
    show_said()
    polygon: list[float] = st.session_state.get(LASSO, [])
    places = pair.most_apart
    if polygon:
        within = inside(pair.points, np.array(polygon).reshape(-1, 2))
        places = places[within[pair.found.rows_first[places]]]
    left, right = st.columns([1, 1], gap="medium")
    with left:
        st.markdown(f"Across: {for_markdown(view.run.name)} · up: {for_markdown(name)}")

        def lassoed() -> None:
            st.session_state[LASSO] = st.session_state[CHART]["lasso"]["polygon"]

        def open_row() -> None:
            identity = int(view.ids[int(st.session_state[CHART]["open"])])
            st.session_state[OPEN_KEY] = (view.run.name, identity)

        both = np.zeros(len(view), dtype=np.bool_)
        both[pair.found.rows_first[places]] = True
        scatter(
            key=CHART,
            points_url=media.array_url(pair.points.astype("<f4", copy=False)),
            colours_url=media.array_url(pair.distance),
            order_url=media.array_url(pair.distance),
            count=len(view),
            colouring=APART,
            shown=both,
            polygon=polygon,
            selected=(),
            thumbnail_url=media.thumbnails_url(view.run),
            sample_url=media.samples_url(view.run),
            height=470,
            on_lasso_change=lassoed,
            on_open_change=open_row,
            on_fallback_change=lambda: None,
            on_cleared_change=lambda: st.session_state.pop(LASSO, None),
        )
        st.dataframe(per_class(pair), hide_index=True, height=220)
    with right:
        st.markdown(f"**{counted(len(places), 'sample')}**, those that disagree most first")
        page = min(int(st.session_state.get("compare-page") or 1), max(1, -(-len(places) // PAGE)))
        part = places[(page - 1) * PAGE : page * PAGE]
        rows = pair.found.rows_first[part]
        notes = [
            f"{pair.found.percentile_first[p]:.0f} → {pair.found.percentile_second[p]:.0f}"
            for p in part.tolist()
        ]
        st.session_state[LIST_KEY] = view.ids[pair.found.rows_first[places]]

        def opened() -> None:
            identity = int(st.session_state[TILES]["open"])
            st.session_state[OPEN_KEY] = (view.run.name, identity)

        with st.container(height=620, border=False):
            gallery(
                tiles(view, rows, view.decided(), notes=notes),
                key=TILES,
                on_open=opened,
                revision=name,
                empty="No sample lies inside the lasso; Escape on the chart lifts it.",
            )
        if len(places) > PAGE:
            st.pagination(-(-len(places) // PAGE), key="compare-page", max_visible_pages=7)
    if sample_is_open(view):
        sample_dialog(view)


numbers(pair)
linked()
