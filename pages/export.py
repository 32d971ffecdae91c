"""Export: the subset as a file that training code reads."""

import shlex

import streamlit as st

from dashboard.frame import require_view
from dashboard.recipe import recipe_controls, subset
from dashboard.text import for_markdown, visible_name
from dlc_core.export import EXPORTERS, encode_subset, subset_table

PREVIEW = 20  # rows

view = require_view("Export")
st.title("Export")
summary = st.container()
with st.expander("Change the recipe", icon=":material/tune:"):
    recipe = recipe_controls(view)
kept = subset(view, recipe)
values = " · ".join(f"{key} {value}" for key, value in recipe.as_dict().items())
summary.markdown(
    f"**{len(kept):,} of {kept.total:,} samples** of {for_markdown(view.run.name)}: "
    f"{for_markdown(values)}"
)


def file_name(format_name: str) -> str:
    """Return a name that says what the file holds."""
    words = [f"{key}-{value}" for key, value in recipe.as_dict().items() if key != "strategy"]
    return "-".join([view.run.name, recipe.strategy, *words]) + f".{format_name}"


columns = st.columns(len(EXPORTERS))
for column, (name, exporter) in zip(columns, EXPORTERS.items(), strict=True):
    with column.container(border=True):
        st.markdown(f"**{name.upper()}**")
        st.caption(exporter.description)
        st.download_button(
            "Download",
            data=lambda name=name: encode_subset(view.run, kept, name),  # type: ignore[misc]
            file_name=file_name(name),
            mime=exporter.media_type,
            key=f"download-{name}",
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
        )

st.markdown("**The same on the command line**")
command = ["dlc", "prune", str(view.run.path), "--keep", f"{recipe.keep_ratio:g}"]
for option, value in recipe.as_dict().items():
    if option != "keep_ratio":
        command += [f"--{option}", f"{value:g}" if isinstance(value, float) else str(value)]
st.code(shlex.join([*command, "--out", file_name("csv")]), language="bash", wrap_lines=True)

st.markdown(f"**The first {min(PREVIEW, len(kept))} kept samples**")
preview = subset_table(view.run, kept.ids[:PREVIEW])
for name in ("path", "label"):
    preview[name] = preview[name].map(visible_name)
st.dataframe(preview, hide_index=True, height=280)
