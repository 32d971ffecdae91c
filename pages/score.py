"""Score: choose data and backbone, start, watch, and open what is done."""

import shlex

import streamlit as st

from dashboard.frame import current_path
from dashboard.launch import Choice, arguments, run_name, start
from dashboard.runs_table import runs_table
from dashboard.settings import runs_folder
from dashboard.text import for_markdown
from dlc_core.backbones import COMMON_BACKBONES
from dlc_core.errors import DLCError

BUNDLED, FOLDER = "Bundled digits", "Folder of images"

st.title("Score")
st.caption(
    "How hard is each sample? A frozen pre-trained backbone loses ever more of its weights, and "
    "each sample's nearest-centroid loss is averaged on the way. Nothing is trained."
)

with st.container(border=True):
    left, right = st.columns(2, gap="large")
    with left:
        source = st.segmented_control(
            "Data", [BUNDLED, FOLDER], default=BUNDLED, required=True, key="source"
        )
        folder = "digits"
        split = None
        if source == FOLDER:
            folder = st.text_input(
                "Folder",
                key="folder",
                placeholder="/path/to/images",
                help="One sub-folder of images per class: root/class/file. Folders named train, "
                "val and test are taken as splits.",
            )
            split = st.selectbox(
                "Split",
                [None, "train", "val", "test"],
                format_func=lambda name: name or "automatic (train, if there are splits)",
                key="split-name",
            )
        limit = st.number_input(
            "Samples at most",
            min_value=2,
            value=None,
            step=100,
            key="limit",
            placeholder="all",
            help="A stratified random part, for a quick trial.",
        )
    with right:
        backbone = st.selectbox(
            "Backbone",
            list(COMMON_BACKBONES),
            index=0 if source == BUNDLED else 2,
            accept_new_options=True,
            format_func=lambda name: (
                f"{name}: {COMMON_BACKBONES[name]}" if name in COMMON_BACKBONES else name
            ),
            key=f"backbone-{source}",
            help="Any torchvision classification model; type its name if it is not in the list.",
        )
        weights, download = "", False
        if backbone != "demo":
            weights = st.text_input(
                "Weights file",
                key="weights",
                placeholder="torchvision's own ImageNet weights",
                help="A .safetensors or .pth state dict for this backbone; nothing in it is run.",
            )
            download = st.checkbox(
                "Download torchvision's weights if they are not on this machine",
                key="download",
                disabled=bool(weights),
            )
        masks = st.number_input(
            "Masks",
            1,
            500,
            50,
            key="masks",
            help="T: forward passes over the data, each with fewer weights. 50 is the paper's; 5 "
            "take a tenth of the time and did as well downstream in the paper's own ablation.",
        )
    choice = Choice(
        dataset=folder or "",
        backbone=str(backbone or ""),
        split=split,
        weights=weights or "",
        download=bool(download),
        masks=int(masks),
        limit=int(limit) if limit else None,
    )
    suggested = run_name(choice, runs_folder())
    name = st.text_input("Name of the run", value=suggested, key=f"name-{suggested}")
    action, shown = st.columns([1, 4], vertical_alignment="center")
    pressed = action.button(
        "Start scoring", type="primary", icon=":material/play_arrow:", width="stretch"
    )
    shown.code(
        shlex.join(["dlc", *arguments(choice, runs_folder() / str(name or "run"))]),
        language="bash",
        wrap_lines=True,
    )
    if pressed:
        try:
            start(choice, str(name or ""), runs_folder())
        except DLCError as error:
            st.error(for_markdown(str(error)), icon=":material/error:")
        else:
            st.rerun()

runs_table(runs_folder(), current_path())
