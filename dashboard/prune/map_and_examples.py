"""Where on the map a recipe drops samples, and pictures of what goes and what stays."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import media
from dashboard.explore.map_colours import hardness
from dashboard.gallery import gallery, tiles
from dashboard.scatter import Scale, Swatches, scatter
from dashboard.session_keys import OPEN_KEY
from dashboard.settings_in_address import chosen, widget
from dlc_core.analysis.compare_subsets import NEITHER, ONLY_A, ONLY_B, PARTS, SubsetPair
from dlc_core.analysis.filter_masks import inside
from dlc_core.analysis.run_view import View

HEIGHT = 360  # pixels of the map
TILES = 8  # pictures of each side
_MAP, _LASSO = "prune-map", "prune-lasso"
COLOURS = ("#0072B2", "#E69F00", "#CC79A7", "#9AA4B1")  # of PARTS; apart for colour-blind eyes
_ENDS = {"hardest": "Hardest", "easiest": "Easiest", "random": "Random"}


def draw_map(view: View, mask: NDArray[np.bool_]) -> None:
    """Draw the map with what is dropped faded; a lasso counts what it holds."""
    st.markdown("**Map**: what is dropped is faded; draw around a part to count it")
    around = _map(view, *hardness(view), mask)
    if around is not None:
        held, all_of_it = int((mask & around).sum()), int(around.sum())
        share = f" ({100 * held / all_of_it:.0f} %)" if all_of_it else ""
        st.caption(f"Inside the lasso {held:,} of {all_of_it:,} are kept{share}.")


def draw_pair_map(view: View, pair: SubsetPair) -> None:
    """Draw the map coloured by which of two recipes keep a sample; a lasso counts."""
    st.markdown("**Map**: what neither keeps is faded; draw around a part to count it")
    meaning = Swatches("Kept", tuple(zip(PARTS, COLOURS, strict=True)))
    around = _map(view, pair.codes, meaning, pair.codes != NEITHER)
    if around is not None:
        counts = np.bincount(pair.codes[around], minlength=len(PARTS)).tolist()
        told = ", ".join(f"{n:,} {part}" for n, part in zip(counts, PARTS, strict=True))
        st.caption(f"Inside the lasso: {told}.")


def _map(
    view: View, colours: NDArray[np.uint8], meaning: Scale | Swatches, shown: NDArray[np.bool_]
) -> NDArray[np.bool_] | None:
    """Draw the map; return (N,) what lies inside the lasso, or None without one."""
    assert view.map is not None
    corners: tuple[float, ...] = st.session_state.get(_LASSO, ())

    def lassoed() -> None:
        st.session_state[_LASSO] = tuple(map(float, st.session_state[_MAP]["lasso"]["polygon"]))

    def opened() -> None:
        st.session_state[OPEN_KEY] = (
            view.run.name,
            int(view.ids[int(st.session_state[_MAP]["open"])]),
        )

    scatter(
        key=_MAP,
        points_url=media.array_url(view.map.astype("<f4", copy=False)),
        colours_url=media.array_url(colours),
        order_url=media.array_url(_any_order(len(view))),
        count=len(view),
        colouring=meaning,
        shown=shown,  # travels with the page: a fetch of its own would wait for the other charts
        polygon=corners,
        selected=[],
        thumbnail_url=media.thumbnails_url(view.run),
        sample_url=media.samples_url(view.run, view.score),
        height=HEIGHT,
        on_lasso_change=lassoed,
        on_open_change=opened,
        on_fallback_change=lambda: None,
        on_cleared_change=lambda: st.session_state.pop(_LASSO, None),
    )
    return inside(view.map, np.asarray(corners).reshape(-1, 2)) if corners else None


@lru_cache(maxsize=4)
def _any_order(count: int) -> NDArray[np.uint8]:
    """Return which points lie above others: by chance, so that what one sees is in proportion."""
    return np.random.default_rng(0).integers(0, 256, count, dtype=np.uint8)


def draw_pictures(view: View, mask: NDArray[np.bool_]) -> None:
    """Show some of what goes and some of what stays."""
    _galleries(view, {"would go": ~mask, "would stay": mask})


def draw_pair_pictures(view: View, pair: SubsetPair) -> None:
    """Show some of what only one of two recipes keeps."""
    _galleries(view, {"only A keeps": pair.codes == ONLY_A, "only B keeps": pair.codes == ONLY_B})


def _galleries(view: View, parts: Mapping[str, NDArray[np.bool_]]) -> None:
    end = chosen("ends", list(_ENDS), "hardest")
    st.segmented_control(
        "Pictures", list(_ENDS), format_func=_ENDS.__getitem__, required=True,
        label_visibility="collapsed", **widget("ends", end),
    )  # fmt: skip
    order = view.hardest_first if end == "hardest" else view.easiest_first
    if end == "random":
        order = np.random.default_rng(0).permutation(len(view))
    for name, part in parts.items():
        key = f"prune-{name.replace(' ', '-')}"
        rows = order[part[order]][:TILES]
        st.markdown(f"**{_ENDS[end]} that {name}**, of {int(part.sum()):,}")

        def opened(key: str = key) -> None:
            st.session_state[OPEN_KEY] = (view.run.name, int(st.session_state[key]["open"]))

        gallery(
            tiles(view, rows, view.decided()), key=key, on_open=opened, tile=84,
            revision=name, empty="None.",
        )  # fmt: skip
