"""One sample, large: the picture, its numbers, and its loss while the backbone loses weights."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.keys import OPEN_KEY
from dashboard.loss_curve import loss_curve
from dashboard.media import image_url
from dashboard.text import for_markdown
from dashboard.view import View
from dlc_core.errors import DLCError

LIST_KEY = "open_list"
_PLAIN = {"displayModeBar": False}
_BAND_SAMPLES = 2000  # of a class, for its quantiles


def close_sample() -> None:
    """Forget which sample is open."""
    st.session_state.pop(OPEN_KEY, None)


def sample_is_open(view: View) -> bool:
    """Whether a sample of this run is open; one of another run is forgotten."""
    run, identity = st.session_state.get(OPEN_KEY, ("", -1))
    if run == view.run.name and identity in view.samples["id"].to_numpy():
        return True
    close_sample()
    return False


@st.dialog("Sample", width="large", on_dismiss=close_sample)
def sample_dialog(view: View) -> None:
    """Show the sample of st.session_state[OPEN_KEY], a (run, id), and step to its neighbours."""
    ids = view.samples["id"].to_numpy()
    row = int(np.searchsorted(ids, st.session_state[OPEN_KEY][1]))
    sample = view.samples.iloc[row]
    left, right = st.columns([1, 1], gap="medium")
    with left:
        st.html(_picture(image_url(view.run, row)))
        _steps(view.run.name, int(sample["id"]))
    with right:
        st.text(str(sample["label"]))
        st.text(str(sample["path"]))
        count = int(np.count_nonzero(view.class_ids == sample["class_id"]))
        numbers = st.columns(3)
        numbers[0].metric(
            "Hardness in class",
            f"{sample['percentile']:.0f}",
            help="Percentile within its class: 100 = the hardest, 0 = the easiest.",
        )
        numbers[1].metric("Rank in class", f"{sample['class_rank']:,} / {count:,}")
        numbers[2].metric("Rank over all", f"{sample['rank']:,} / {len(ids):,}")
        try:
            figure = _curve(view, row)
        except DLCError as error:
            st.error(for_markdown(str(error)))
        else:
            st.plotly_chart(figure, key="sample-curve", config=_PLAIN, alt="Loss against capacity")
        size = f" · {sample['width']} × {sample['height']} px" if "width" in sample else ""
        st.caption(
            f"score {sample['score']:.6g} · id {sample['id']}{size}  \n"
            "The curve: the loss of this sample while ever more of the backbone's weights are "
            "masked. The score is its mean. Only ranks carry meaning."
        )


def _picture(url: str) -> str:
    # The address is ours (a token and a number); nothing of the data is in this markup.
    style = (
        "width:100%;max-height:60vh;min-height:240px;object-fit:contain;border-radius:8px;"
        "background:rgba(128,128,128,.12)"
    )
    return f'<img src="{url}" alt="The sample" style="{style}">'


# The page is a ring: a button that becomes disabled would take the keyboard's focus with it.
def _steps(run: str, current: int) -> None:
    order: list[int] = st.session_state.get(LIST_KEY, [])
    place = order.index(current) if current in order else None

    def step(by: int) -> None:
        if place is not None:
            st.session_state[OPEN_KEY] = (run, order[(place + by) % len(order)])

    with st.container(horizontal=True, horizontal_alignment="center"):
        st.button(
            "Previous",
            icon=":material/chevron_left:",
            shortcut="Left",
            on_click=step,
            args=(-1,),
            disabled=place is None,
        )
        st.button(
            "Next",
            icon=":material/chevron_right:",
            icon_position="right",
            shortcut="Right",
            on_click=step,
            args=(1,),
            disabled=place is None,
        )


def _curve(view: View, row: int) -> object:
    done = view.run.masks_done
    losses = view.run.losses[done]  # (masks done, N)
    same = np.flatnonzero(view.class_ids == view.class_ids[row])
    same = same[:: max(1, len(same) // _BAND_SAMPLES)]
    band = np.quantile(losses[:, same].astype(np.float64), [0.1, 0.5, 0.9], axis=1)  # (3, T)
    own = losses[:, row].astype(np.float64)
    return loss_curve(view.run.capacity[done], own, band, str(view.samples["label"].iat[row]))
