"""The gallery on the Explore page: order, size, grouping, pages, decisions on what is picked."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.decision_buttons import act, decision_buttons, undo_buttons
from dashboard.explore.filter_in_address import drop_picks
from dashboard.explore.strips import STRIP_CLASSES, strips
from dashboard.gallery import gallery, heading, picked, tiles
from dashboard.media import thumbnails_url
from dashboard.session_keys import GALLERY, LIST_KEY, OPEN_KEY, PICKS, SELECTED
from dashboard.settings_in_address import choose, chosen, widget
from dlc_core.analysis.run_view import View
from dlc_core.analysis.sample_orders import ORDERS, ordered, orders
from dlc_core.plurals import counted

_LAYOUTS = {
    "grid": "One after the other",
    "class": "Grouped by class",
    "strips": "Easiest | hardest",
}
_SIZES = (64, 84, 104, 136, 180)  # pixels
_PAGES = (60, 100, 200)  # tiles
HEIGHT = 620


def _revision(view: View) -> str:
    return f"{view.run.name} {st.session_state.get(PICKS, 0)}"


def picked_ids(view: View) -> list[int]:
    """Return the ids of the tiles that are picked."""
    return picked(GALLERY, _revision(view))


def draw_gallery(view: View, shown: NDArray[np.bool_]) -> None:
    """Draw the gallery of what is shown.

    Args:
        view: the run.
        shown: (N,) the samples that meet it.
    """
    order, layout, tile, size = _controls(view)
    rows = ordered(view, shown, order, grouped=layout == "class")
    everything = bool(st.session_state.get(SELECTED))
    _decisions(view, rows, everything)
    classes = np.unique(view.class_ids[rows]) if layout == "strips" else ()
    count, each = (len(classes), STRIP_CLASSES) if layout == "strips" else (len(rows), size)
    pages = max(1, -(-count // each))
    page = chosen("page", range(1, pages + 1), 1)
    items: list[dict[str, Any]]
    following: NDArray[np.int64] = np.empty(0, dtype=np.int64)
    if layout == "strips":
        first = (page - 1) * STRIP_CLASSES
        items, rows = strips(view, rows, list(classes[first : first + STRIP_CLASSES]), tile)
    else:
        part = rows[(page - 1) * size : page * size]
        following = rows[page * size : page * size + size]
        items = _items(view, part, grouped=layout == "class")
    st.session_state[LIST_KEY] = view.ids[rows]

    pictures = thumbnails_url(view.run)

    def opened() -> None:
        st.session_state[OPEN_KEY] = (view.run.name, int(st.session_state[GALLERY]["open"]))

    def acted() -> None:
        given = st.session_state[GALLERY]["act"]
        act(
            view,
            str(given["act"]),
            [int(i) for i in given["ids"] if view.row_of(int(i)) is not None],
        )

    def turned() -> None:
        choose("page", max(1, min(pages, page + int(st.session_state[GALLERY]["turn"]))))

    with st.container(height=HEIGHT, border=False, key="gallery-scroll"):
        gallery(
            items,
            key=GALLERY,
            on_open=opened,
            on_act=acted,
            on_turn=turned,
            on_pick=lambda: st.session_state.pop(SELECTED, None),
            tile=tile,
            revision=_revision(view),
            following=[f"{pictures}/{row}" for row in following.tolist()],
            empty="No sample meets all of these conditions. Lift one of them above, or show all.",
        )
    if pages > 1:
        key = f"page-{page}-of-{pages}"  # it forgets nothing: the choice is kept elsewhere
        st.pagination(
            pages,
            default=page,
            max_visible_pages=7,
            key=key,
            on_change=lambda: choose("page", int(st.session_state[key])),
        )


def _items(view: View, rows: NDArray[np.int64], *, grouped: bool) -> list[dict[str, Any]]:
    found = tiles(view, rows, view.decided())
    if not grouped:
        return found
    items: list[dict[str, Any]] = []
    last = -1
    for row, item in zip(rows.tolist(), found, strict=True):
        if (class_id := int(view.class_ids[row])) != last:
            last = class_id
            items.append(
                heading(view.classes[class_id], counted(view.class_counts[class_id], "sample"))
            )
        items.append(item)
    return items


def _controls(view: View) -> tuple[str, str, int, int]:
    names = orders(view)
    order = chosen("order", names, names[0])
    layout = chosen("layout", list(_LAYOUTS), "grid")
    tile = chosen("tile", _SIZES, 84)
    size = chosen("tiles", _PAGES, 60)
    first_page = lambda: choose("page", 1)  # noqa: E731 - said once, used four times
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.selectbox(
            "Order",
            names,
            format_func=lambda key: ORDERS[key][0],
            label_visibility="collapsed",
            width=175,
            disabled=layout == "strips",
            **widget("order", order, first_page),
        )
        st.selectbox(
            "Layout",
            list(_LAYOUTS),
            format_func=_LAYOUTS.__getitem__,
            label_visibility="collapsed",
            width=150,
            **widget("layout", layout, first_page),
        )
        with st.popover("Size", icon=":material/photo_size_select_large:"):
            st.select_slider("Tile size, pixels", _SIZES, **widget("tile", tile))
            st.segmented_control(
                "Tiles a page", _PAGES, required=True, **widget("tiles", size, first_page)
            )
        undo_buttons(view, key="explore")
    return order, layout, tile, size


def _decisions(view: View, rows: NDArray[np.int64], everything: bool) -> None:
    """Show the buttons that decide on what is picked, or on all that is in view."""
    ids = view.ids[rows].tolist() if everything else picked_ids(view)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="deciding"):
        st.button(
            f"All {len(rows):,}",
            icon=":material/done_all:",
            key="pick-all",
            help="Decide on everything in view, not only on the tiles that are picked.",
            type="primary" if everything else "secondary",
            disabled=not len(rows),
            on_click=lambda: st.session_state.update({SELECTED: not everything}),
        )
        decision_buttons(view, ids, key="explore", then=drop_picks)
