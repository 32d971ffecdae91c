"""What the map's colours say: hardness, class, kept or dropped, decision, issue, or any number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.escaping import shortened, visible_name
from dashboard.recipe import current_recipe, subset
from dashboard.scatter import Scale, Swatches
from dashboard.slow_strategies import StillChoosingError
from dashboard.view_cache import BY_STAMP
from dlc_core.analysis.by_score import by_score
from dlc_core.analysis.compare_subsets import kept_mask
from dlc_core.analysis.own_columns import is_number
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.issues import ISSUES
from dlc_core.needs import offered
from dlc_core.scores import OWN

Bytes = NDArray[np.uint8]
Coloured = tuple[Bytes, Scale | Swatches]

# Cividis: even steps, safe for colour-blind eyes; its ends are cut where they vanish in the ground.
CIVIDIS = ("#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369",
           "#d9c24a", "#e8cb32")  # fmt: skip
CIVIDIS_DARK = ("#3f5a92", "#5a6a90", "#6c7486", "#7d7f80", "#918d7c", "#a59c74", "#bbad6d",
                "#d0be60", "#e7d150", "#fee838")  # fmt: skip
# Okabe and Ito's, in an order that keeps neighbours apart on white and on black.
CATEGORIES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B8A800",
              "#7A5195", "#2F9E6B", "#A05A2C")  # fmt: skip
QUIET = "#9AA4B1"
CALLED_BEFORE = {"kind": "issue"}  # in addresses
_OTHERS = 255


@dataclass(frozen=True)
class Colouring:
    """One way to colour.

    Attributes:
        title: for the menu.
        colours: view and chosen classes -> bytes and what they mean.
    """

    title: str
    colours: Callable[[View, tuple[int, ...]], Coloured]


def hardness(view: View, _wanted: tuple[int, ...] = ()) -> Coloured:
    """Colour by percentile within the class: raw scores carry a constant per class."""
    ticks = ((0.0, "easiest"), (0.5, "middle"), (1.0, "hardest"))
    return priority(view), Scale(_title(view.score), CIVIDIS, CIVIDIS_DARK, ticks)


def _title(name: str) -> str:
    return "Hardness in class" if name == OWN else f"Hardness by {name}"


def _by(name: str) -> Callable[[View, tuple[int, ...]], Coloured]:
    return lambda view, _wanted: hardness(by_score(view, name))


def priority(view: View) -> Bytes:
    """Return (N,) the percentile as a byte: hard points are drawn on top."""
    return np.rint(view.percentile * 2.55).astype(np.uint8)


def _classes(view: View, wanted: tuple[int, ...]) -> Coloured:
    """Colour the chosen classes, else the largest, as far as colours go."""
    of = wanted or tuple(view.present)
    sizes = view.class_counts[list(of)]
    largest = [of[i] for i in np.argsort(-sizes, kind="stable")[: len(CATEGORIES)]]
    codes = np.full(len(view.classes), _OTHERS, dtype=np.uint8)
    codes[sorted(largest)] = np.arange(len(largest))
    names = [shortened(visible_name(view.classes[class_id]), 22) for class_id in sorted(largest)]
    entries = tuple(zip(names, CATEGORIES, strict=False))
    return codes[view.class_ids], Swatches("Class", entries, len(view.present) - len(largest))


def _subset(view: View, _wanted: tuple[int, ...]) -> Coloured:
    try:
        kept = kept_mask(view, subset(view, current_recipe(view)))
    except DLCError as error:
        words = (
            "not chosen yet" if isinstance(error, StillChoosingError) else "no subset: see Prune"
        )
        nothing = Swatches("Recipe of the Prune page", ((words, QUIET),))
        return np.zeros(len(view), dtype=np.uint8), nothing
    entries = (("dropped", QUIET), ("kept", CATEGORIES[0]))
    return kept.astype(np.uint8), Swatches("Recipe of the Prune page", entries)


def _decisions(view: View, _wanted: tuple[int, ...]) -> Coloured:
    decided = view.decided()
    codes = np.zeros(len(view), dtype=np.uint8)
    codes[np.isin(view.ids, list(decided.notes))] = 4
    codes[np.isin(view.ids, list(decided.relabelled))] = 3
    codes[decided.pinned] = 1
    codes[decided.excluded] = 2
    names = ("undecided", "pinned", "excluded", "relabelled", "note only")
    colours = (QUIET, CATEGORIES[2], CATEGORIES[5], CATEGORIES[1], CATEGORIES[4])
    return codes, Swatches("Decision", tuple(zip(names, colours, strict=True)))


def _issues(view: View, _wanted: tuple[int, ...]) -> Coloured:
    assert view.issues is not None
    able = offered(view.run, ISSUES)
    codes = np.zeros(len(view), dtype=np.uint8)
    for code, issue in reversed(list(enumerate(able.values(), 1))):
        codes[issue.mask(view.issues)] = code
    colours = (CATEGORIES[5], "#8A1C1C", CATEGORIES[3], CATEGORIES[1], CATEGORIES[0], CATEGORIES[2])
    of = dict(zip(ISSUES, colours, strict=True))
    named = [(issue.title, of[name]) for name, issue in able.items()]
    return codes, Swatches("Issue", (("nothing unusual", QUIET), *named))


def _number(column: str) -> Callable[[View, tuple[int, ...]], Coloured]:
    def colours(view: View, _wanted: tuple[int, ...]) -> Coloured:
        values = _column(view, column).to_numpy(dtype=np.float64)
        return _scaled(values, column.replace("_", " ").capitalize())

    return colours


def _scaled(values: NDArray[np.float64], title: str) -> Coloured:
    finite = values[np.isfinite(values)]
    low, high = np.quantile(finite, [0.01, 0.99]) if len(finite) else (0.0, 1.0)
    span = (high - low) or 1.0
    scaled = np.nan_to_num(np.clip((values - low) / span, 0, 1))
    ticks = tuple((place, f"{low + place * span:.3g}") for place in (0.0, 0.5, 1.0))
    return np.rint(255 * scaled).astype(np.uint8), Scale(title, CIVIDIS, CIVIDIS_DARK, ticks)


def _own(column: str) -> Callable[[View, tuple[int, ...]], Coloured]:
    """Colour by a column of the data's own table: numbers by size, the rest by its values."""

    def colours(view: View, _wanted: tuple[int, ...]) -> Coloured:
        values, title = view.columns[column], shortened(visible_name(column), 24)
        if is_number(values):
            return _scaled(values.to_numpy(dtype=np.float64), title)
        texts = values.astype(str)
        largest = sorted(texts.value_counts().index[: len(CATEGORIES)])
        codes = texts.map({name: code for code, name in enumerate(largest)})
        entries = tuple(
            (shortened(visible_name(name) or "empty", 22), colour)
            for name, colour in zip(largest, CATEGORIES, strict=False)
        )
        others = texts.nunique() - len(largest)
        return codes.fillna(_OTHERS).to_numpy(dtype=np.uint8), Swatches(title, entries, others)

    return colours


def _column(view: View, name: str) -> pd.Series:
    table = view.samples if name in view.samples.columns or view.issues is None else view.issues
    return table[name]


_SKIPPED = {"id", "class_id", "percentile", "suspected_class", "other_class", "duplicate_group"}


def colourings(view: View) -> dict[str, Colouring]:
    """Return the ways in which this run's map can be coloured, by name."""
    found = {
        "hardness": Colouring(_title(view.score), hardness),
        **{
            f"score-{name}": Colouring(_title(name), _by(name))
            for name in view.score_names
            if name != view.score
        },
        "class": Colouring("Class", _classes),
        "subset": Colouring("Kept / dropped", _subset),
        "decision": Colouring("Decision", _decisions),
    }
    if view.issues is not None:
        found["issue"] = Colouring("Issue", _issues)
    for table in (view.samples, view.issues):
        if table is not None:
            for name, dtype in zip(map(str, table.columns), table.dtypes, strict=True):
                if isinstance(dtype, np.dtype) and dtype.kind in "iuf" and name not in _SKIPPED:
                    title = name.replace("_", " ").capitalize()
                    found[f"column-{name}"] = Colouring(title, _number(name))
    for name in view.columns:
        found[f"own-{name}"] = Colouring(shortened(visible_name(name), 28), _own(name))
    return found


def coloured(view: View, name: str, wanted: tuple[int, ...]) -> Coloured:
    """Return the bytes and their meaning; what cannot change is remembered."""
    if name in ("subset", "decision"):
        return colourings(view)[name].colours(view, wanted)
    return _coloured(view, name, wanted if name == "class" else ())


@st.cache_resource(max_entries=6, show_spinner=False, hash_funcs=BY_STAMP)
def _coloured(view: View, name: str, wanted: tuple[int, ...]) -> Coloured:
    return colourings(view)[name].colours(view, wanted)
