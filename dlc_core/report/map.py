"""The map of a run as pictures: coloured by hardness, and with what is dropped faded."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.projection.map_of_run import map_record
from dlc_core.report.raster import palette, png, rgb, topmost
from dlc_core.runs import Run

WIDTH, HEIGHT = 470, 400  # of a panel on the page; the picture has twice as many pixels
_SCALE = 2
_LARGEST_DISC, _SMALLEST_DISC, _INK = 3.0, 0.55, 110.0
_CELLS = 24  # the grid on which a class's densest place is looked for


@dataclass(frozen=True)
class Theme:
    """The colours of a picture: the scale from easiest to hardest, what is faded, the ground."""

    scale: tuple[str, ...]
    faded: str
    ground: str


# Cividis: even steps, safe for colour-blind eyes; its ends are cut where they vanish in the ground.
THEMES = {
    "light": Theme(
        ("#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369",
         "#d9c24a", "#e8cb32"),
        faded="#DCE1E8",
        ground="#F6F7F9",
    ),
    "dark": Theme(
        ("#3f5a92", "#5a6a90", "#6c7486", "#7d7f80", "#918d7c", "#a59c74", "#bbad6d", "#d0be60",
         "#e7d150", "#fee838"),
        faded="#2B3541",
        ground="#151C25",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Name:
    """A class's name on the map: its class, and its place in percent of the panel."""

    class_id: int
    left: float
    top: float


@dataclass(frozen=True)
class Map:
    """The pictures.

    Attributes:
        method: "UMAP" or "PCA", as the map says of itself, or "" if it does not.
        hardness, subset: data URI of each panel, by theme.
        names: where the names of the largest classes stand.
        placed: samples that have a place.
    """

    method: str
    hardness: dict[str, str]
    subset: dict[str, str]
    names: tuple[Name, ...]
    placed: int


def draw_map(run: Run, kept: NDArray[np.bool_], shown: list[int]) -> Map | None:
    """Return the map in pictures, or None if the run has none that fits it.

    Points are drawn in a fixed shuffled order, so that none of them hides others for being hard.

    Args:
        run: the run.
        kept: (N,) whether each sample is kept; kept ones are drawn on top in the second panel.
        shown: the classes to name.
    """
    places = _places(run)
    if places is None:
        return None
    rows = np.flatnonzero(np.isfinite(places).all(axis=1))
    if not len(rows):
        return None
    placed = _fitted(places[rows])
    order = np.random.default_rng(0).permutation(len(rows))
    held = kept[rows]
    size = (WIDTH * _SCALE, HEIGHT * _SCALE)
    radius = _SCALE * float(np.clip(_INK / np.sqrt(len(rows)), _SMALLEST_DISC, _LARGEST_DISC))
    percent = np.rint(np.clip(run.samples["percentile"].to_numpy()[rows], 0, 100)).astype(np.int64)
    all_seen = topmost(placed, order, size=size, radius=radius)
    below, above = order[~held[order]], order[held[order]]
    kept_seen = topmost(placed, np.concatenate([below, above]), size=size, radius=radius)
    hardness, subset = {}, {}
    for name, theme in THEMES.items():
        colours = palette(theme.scale)[percent]
        hardness[name] = _uri(png(all_seen, colours, rgb(theme.ground)))
        colours[~held] = rgb(theme.faded)
        subset[name] = _uri(png(kept_seen, colours, rgb(theme.ground)))
    class_ids = run.samples["class_id"].to_numpy()[rows]
    names = _names(placed, class_ids, shown)
    return Map(_method(run), hardness, subset, names, len(rows))


def _method(run: Run) -> str:
    """Return "UMAP" or "PCA": what the table says of itself, else what run.json says."""
    noted = run.info.get("projection")
    record = map_record(run) or (noted if isinstance(noted, dict) else {})
    return str(record.get("method", "")).upper()


def _places(run: Run) -> NDArray[np.float64] | None:
    """Return (N, 2) where each sample lies, or None."""
    try:
        table = run.projection
    except DLCError:
        return None  # a run under way or stopped has no map yet, and a report does without one
    if not np.array_equal(table["id"].to_numpy(), run.samples["id"].to_numpy()):
        return None
    return table[["x", "y"]].to_numpy(dtype=np.float64)


def _fitted(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the places inside the panel, in [0, 1], y downwards, distances kept true."""
    low, high = places.min(axis=0), places.max(axis=0)
    panel = np.array([WIDTH, HEIGHT], dtype=np.float64)
    span = np.maximum((high - low) / panel, 0).max() or 1.0
    centred = (places - (low + high) / 2) / (span * panel)
    return np.asarray(0.5 + centred * np.array([1.0, -1.0]))


def _names(
    places: NDArray[np.float64], class_ids: NDArray[np.int64], shown: list[int]
) -> tuple[Name, ...]:
    """Put each class's name where most of it lies; leave out what would cover another name."""
    names: list[Name] = []
    for class_id in shown:
        own = places[class_ids == class_id]
        if not len(own):
            continue
        cells = np.clip((own * _CELLS).astype(np.int64), 0, _CELLS - 1)
        flat = cells[:, 1] * _CELLS + cells[:, 0]
        crowded = np.bincount(flat).argmax()
        x, y = own[flat == crowded].mean(axis=0)
        left, top = 100 * float(np.clip(x, 0.08, 0.92)), 100 * float(np.clip(y, 0.05, 0.95))
        if all(abs(left - n.left) > 16 or abs(top - n.top) > 6 for n in names):
            names.append(Name(class_id, round(left, 2), round(top, 2)))
    return tuple(names)


def _uri(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"
