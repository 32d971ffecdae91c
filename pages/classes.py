"""Classes: which are hard, which hold suspected errors, which are taken for each other."""

import streamlit as st

from dashboard.escaping import visible_name
from dashboard.explore import filter_in_address
from dashboard.page_frame import require_view
from dashboard.run_summary import summary
from dashboard.toasts import show_said
from dlc_core.analysis.class_statistics import BINS, class_table, confusion
from dlc_core.analysis.filter import Filter
from dlc_core.plurals import counted

MOST_PAIRS = 200
COLUMNS = (
    "class", "samples", "hardness", "median_rank", "suspected", "confused", "confused_share",
    "accuracy", "duplicates", "outliers",
)  # fmt: skip

view = require_view("Classes")
head, numbers = st.columns([1, 4], vertical_alignment="bottom")
head.title("Classes")
with numbers:
    summary(view)
show_said()
table = class_table(view)
table = table.assign(
    **{name: table[name].map(visible_name) for name in ("class", "confused") if name in table}
)
percent = {
    name: st.column_config.ProgressColumn(
        title, format="percent", min_value=0, max_value=1, help=words
    )
    for name, title, words in (
        ("accuracy", "Nearest centroid", "Share that lies nearest to its own class's centroid."),
        ("suspected", "Suspected errors", "Share whose label is suspected to be wrong."),
        ("duplicates", "Copies", "Share with a copy in the data."),
        ("outliers", "Outliers", "Share that lies far from all others."),
        ("confused_share", "Confused", "Share that a classifier takes for that class."),
    )
}


def look(wanted: Filter) -> None:
    """Go to Explore with a filter."""
    filter_in_address.put(view, wanted)
    st.switch_page("pages/explore.py")


left, right = st.columns([3, 1], gap="medium")
with left:
    chosen = st.dataframe(
        table,
        hide_index=True,
        height=min(560, 38 + 35 * len(table)),
        key="class-table",
        on_select="rerun",
        selection_mode="multi-row",
        column_order=[name for name in COLUMNS if name in table.columns],
        column_config={
            "class": "Class",
            "samples": st.column_config.NumberColumn("Samples", format="localized"),
            "hardness": st.column_config.BarChartColumn(
                "Hardness",
                help=f"Share of the class in each {BINS}th of all scores, easiest on the left. Raw "
                "scores carry a constant per class: compare shapes before heights.",
                y_min=0,
            ),
            "median_rank": st.column_config.NumberColumn(
                "Median", format="%.0f", help="Median place among all samples, 100 = hardest."
            ),
            "confused": st.column_config.TextColumn("Most taken for"),
            **percent,
        },
        alt="Classes with size, hardness, suspected errors and confusion",
    )
    rows = list(chosen["selection"]["rows"])
    ids = tuple(sorted(int(i) for i in table["class_id"].iloc[rows]))
    go = f"Look at {counted(len(ids), 'class')}" if ids else "Pick classes above"
    if st.button(go, type="primary", disabled=not ids, icon=":material/scatter_plot:"):
        look(Filter(classes=ids))
with right:
    st.markdown("**Taken for each other** :small[click a pair to look at it]")
    if view.issues is None:
        st.info("Issues are not computed yet; Explore offers to find them.")
    else:
        pairs = confusion(view).head(MOST_PAIRS)
        shown = pairs.assign(
            given=[visible_name(view.classes[c]) for c in pairs["given"]],
            suspected=[visible_name(view.classes[c]) for c in pairs["suspected"]],
        )
        picked = st.dataframe(
            shown,
            hide_index=True,
            height=560,
            key="pair-table",
            on_select="rerun",
            selection_mode="single-row",
            column_config={"given": "Labelled", "suspected": "Looks like", "samples": "Samples",
                           "share": percent["confused_share"]},
        )  # fmt: skip
        if picked["selection"]["rows"]:
            pair = pairs.iloc[picked["selection"]["rows"][0]]
            given, suspected = (int(pair["given"]),), (int(pair["suspected"]),)
            look(Filter(classes=given, looks_like=suspected))
