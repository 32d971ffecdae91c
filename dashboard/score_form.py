"""The Score page's controls: data, backbone and profile, as one choice."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard.launch import Choice
from dlc_core.backbones import COMMON_BACKBONES
from dlc_core.scoring.settings import PROFILES, SCORES

BUNDLED, FOLDER = "Bundled digits", "Folder of images"


def score_form() -> Choice:
    """Show the controls; return what they say."""
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
        masks = st.number_input(
            "Masks",
            1,
            500,
            None,
            key="masks",
            placeholder="as the profile says",
            help="T: forward passes over the data, each with fewer weights; a number here means "
            "the paper's schedule with so many masks, in either profile.",
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
        profile = _one_of(
            "Profile",
            PROFILES,
            "fast",
            "  \nFast orders samples nearly as exact does, in a fifth of the time.",
        )
        score = _one_of("Score", SCORES, "dlc")
    return Choice(
        dataset=folder or "",
        backbone=str(backbone or ""),
        split=split,
        weights=weights or "",
        download=bool(download),
        profile=profile,
        score=score,
        masks=int(masks) if masks else None,
        limit=int(limit) if limit else None,
    )


def _one_of(label: str, choices: Mapping[str, str], default: str, more: str = "") -> str:
    """Show a registry as buttons, what each entry means in the help; return the chosen name."""
    meanings = "  \n".join(f"**{name}**: {what}." for name, what in choices.items())
    chosen = st.segmented_control(
        label,
        list(choices),
        default=default,
        required=True,
        key=f"form-{label.lower()}",
        help=meanings + more,
    )
    return chosen or default
