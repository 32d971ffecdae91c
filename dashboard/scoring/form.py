"""The Score page's controls: data, backbone and profile, as one choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from dashboard.scoring.data_source import DataSource, data_part
from dashboard.scoring.source_names import BUNDLED
from dlc_core.backbones import COMMON_BACKBONES
from dlc_core.data_roots import programs_allowed
from dlc_core.scoring.objectives.registry import objectives
from dlc_core.scoring.request import ScoreRequest
from dlc_core.scoring.settings import PROFILES


def score_form() -> ScoreRequest:
    """Show the controls; return what they say."""
    left, right = st.columns(2, gap="large")
    with left:
        data = data_part()
    with right:
        request = _backbone(data)
        profile = _one_of(
            "Profile",
            PROFILES,
            "fast",
            "  \nFast orders samples nearly as exact does, in a fifth of the time.",
        )
        scores = {name: one.description for name, one in objectives().items()}
        score = _one_of("Score", scores, "dlc")
        parts = st.columns(2)
        limit = parts[0].number_input(
            "Samples at most",
            min_value=2,
            value=None,
            step=100,
            key="limit",
            placeholder="all",
            help="A stratified random part, for a quick trial.",
        )
        masks = parts[1].number_input(
            "Masks",
            1,
            500,
            None,
            key="masks",
            placeholder="as the profile says",
            help="T: forward passes over the data, each with fewer weights; a number here means "
            "the paper's schedule with so many masks, in either profile.",
        )
    return replace(
        request,
        profile=profile,
        score=score,
        masks=int(masks) if masks else None,
        limit=int(limit) if limit else None,
    )


def _backbone(data: DataSource) -> ScoreRequest:
    """Show the backbone's controls; return a request of data and backbone."""
    backbone = st.selectbox(
        "Backbone",
        list(COMMON_BACKBONES),
        index=0 if data.control == BUNDLED else 2,
        accept_new_options=True,
        format_func=lambda name: (
            f"{name}: {COMMON_BACKBONES[name]}" if name in COMMON_BACKBONES else name
        ),
        key=f"backbone-{data.control}",
        help="Type any other: a torchvision classification model, **timm:NAME**, **hf:NAME** or "
        "hf:FOLDER (Hugging Face)"
        + (", **export:FILE** (torch.export)." if programs_allowed() else "."),
    )
    weights, download = "", False
    if backbone != "demo":
        weights = st.text_input(
            "Weights file",
            key="weights",
            placeholder="the model's own pre-trained weights",
            help="A .safetensors or .pth state dict for this backbone; nothing in it is run.",
        )
        download = st.checkbox(
            "May download the weights, if they are not on this machine",
            key="download",
            disabled=bool(weights),
        )
    return ScoreRequest(
        data.dataset,
        str(backbone or ""),
        data.read,
        weights=weights or None,
        download=bool(download) and not weights,
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
