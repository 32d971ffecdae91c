"""The dialog of one sample: picture, numbers, evidence, curve, neighbours, and decisions."""

from __future__ import annotations

import contextlib

import numpy as np
import streamlit as st

from dashboard.decision_buttons import decision_buttons, undo_buttons
from dashboard.escaping import for_markdown, shortened
from dashboard.gallery import gallery, tiles
from dashboard.media import image_url
from dashboard.sample.loss_curve import curve_of, predictions_in_words
from dashboard.sample.viewer import viewer
from dashboard.session_keys import LIST_KEY, OPEN_KEY
from dashboard.toasts import show_said
from dlc_core.analysis.by_score import other_scores, said
from dlc_core.analysis.run_view import View
from dlc_core.datasets.exact_columns import cell_text
from dlc_core.errors import DLCError
from dlc_core.issues import evidence, read_neighbours
from dlc_core.scores import OWN

_PLAIN = {"displayModeBar": False}
_NEIGHBOURS = "sample-neighbours"
_MOST_NEIGHBOURS = 8
_MOST_COLUMNS = 20
_NAMED = "this run's own"


def close_sample() -> None:
    """Forget which sample is open."""
    st.session_state.pop(OPEN_KEY, None)


def sample_is_open(view: View) -> bool:
    """Whether a sample of this run is open; one of another run is forgotten."""
    run, identity = st.session_state.get(OPEN_KEY, ("", -1))
    if run == view.run.name and view.row_of(int(identity)) is not None:
        return True
    close_sample()
    return False


@st.dialog("Sample", width="large", on_dismiss=close_sample)
def sample_dialog(view: View) -> None:
    """Show the sample of st.session_state[OPEN_KEY], a (run, id), and step to its neighbours."""
    row = view.row_of(int(st.session_state[OPEN_KEY][1]))
    assert row is not None
    show_said()
    left, right = st.columns([1, 1], gap="medium")
    with left:
        viewer(image_url(view.run, row), alt="The sample", key="sample-picture")
        _steps(view, row)
        _standing(view, row)
    with right:
        _numbers(view, row)
        try:
            st.plotly_chart(
                curve_of(view, row), key="sample-curve", config=_PLAIN, alt="Loss against capacity"
            )
            st.caption(predictions_in_words(view, row))
        except DLCError as error:
            st.error(for_markdown(str(error)))
    _neighbours(view, row)


def _numbers(view: View, row: int) -> None:
    sample = view.samples.iloc[row]
    st.text(view.label(row))
    st.text(str(sample["path"]))
    numbers = st.columns(3)
    numbers[0].metric(
        f"Hardness{for_markdown(said(view)) or ' in class'}",
        f"{sample['percentile']:.0f}",
        help="Percentile within its class: 100 = the hardest, 0 = the easiest.",
    )
    count = view.class_counts[view.class_ids[row]]
    numbers[1].metric("Rank in class", f"{sample['class_rank']:,} / {count:,}")
    numbers[2].metric("Rank over all", f"{sample['rank']:,} / {len(view):,}")
    if view.issues is not None:
        title, sentence = evidence(view.run, view.issues, row)
        st.info(f"**{for_markdown(title)}.** {for_markdown(sentence)}", icon=":material/info:")
    size = f" · {sample['width']} × {sample['height']} px" if "width" in sample else ""
    st.caption(f"score {sample['score']:.6g} (only ranks carry meaning) · id {sample['id']}{size}")
    _columns(view, row)
    _other_scores(view, row)


def _columns(view: View, row: int) -> None:
    """Say what the data's own table had of the sample."""
    try:
        table = view.run.columns
    except DLCError:  # damaged, which the page says
        return
    words = [
        f"{for_markdown(str(name))} **{for_markdown(shortened(cell_text(values.iloc[row]), 60))}**"
        for name, values in list(table.items())[:_MOST_COLUMNS]
        if not values.isna().iloc[row]
    ]
    if words:
        st.caption(" · ".join(words))


def _other_scores(view: View, row: int) -> None:
    """Say what the run's other scores make of the sample; nothing if one of them is gone."""
    with contextlib.suppress(DLCError):
        words = [
            f"{_NAMED if name == OWN else for_markdown(name)} {value:.6g} (**{percentile:.0f}**)"
            for name, (value, percentile) in other_scores(view, row).items()
        ]
        if words:
            st.caption(
                "Other scores: " + " · ".join(words),
                help="In brackets the percentile within the class, 100 = hardest.",
            )


def _standing(view: View, row: int) -> None:
    """Say what is decided of the sample, and offer to decide."""
    decided, identity = view.decided(), int(view.ids[row])
    words = []
    if decided.pinned[row]:
        words.append("pinned: always kept")
    if decided.excluded[row]:
        words.append("excluded: never kept")
    if identity in decided.relabelled:
        words.append(f"relabelled as {for_markdown(decided.relabelled[identity])}")
    if identity in decided.notes:
        words.append(f"note: {for_markdown(decided.notes[identity])}")
    st.markdown(f"**Decided:** {'; '.join(words) or 'nothing yet'}")
    with st.container(horizontal=True, gap="small"):
        decision_buttons(view, [identity], key="sample", then=lambda: None)
    with st.container(horizontal=True, gap="small"):
        undo_buttons(view, key="sample")


# The page is a ring: a button that becomes disabled would take the keyboard's focus with it.
def _steps(view: View, row: int) -> None:
    order = np.asarray(st.session_state.get(LIST_KEY, ()), dtype=np.int64)
    places = np.flatnonzero(order == view.ids[row])
    place = int(places[0]) if len(places) else None

    def step(by: int) -> None:
        if place is not None:
            st.session_state[OPEN_KEY] = (view.run.name, int(order[(place + by) % len(order)]))

    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
        for name, by, side in (("Previous", -1, "left"), ("Next", 1, "right")):
            st.button(
                name,
                icon=f":material/chevron_{side}:",
                icon_position=side,  # type: ignore[arg-type]
                shortcut=side.capitalize(),
                on_click=step,
                args=(by,),
                disabled=place is None,
            )
            if by < 0 and place is not None:
                st.caption(f"{place + 1:,} of {len(order):,}")


def _neighbours(view: View, row: int) -> None:
    found = read_neighbours(view.run) if view.issues is not None else None
    if found is None or not found[0].shape[1]:
        return
    rows = np.asarray(found[0][row][:_MOST_NEIGHBOURS], dtype=np.int64)
    same = int((view.class_ids[rows] == view.class_ids[row]).sum())
    st.markdown(
        f"**Nearest in feature space**: {same} of {len(rows)} have its label; Enter opens one"
    )

    def opened() -> None:
        st.session_state[OPEN_KEY] = (view.run.name, int(st.session_state[_NEIGHBOURS]["open"]))

    gallery(
        tiles(view, rows, view.decided()),
        key=_NEIGHBOURS,
        on_open=opened,
        tile=84,
        revision=str(row),
    )
