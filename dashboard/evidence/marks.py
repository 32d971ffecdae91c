"""How each strategy looks in the charts: a colour and a shape, so that neither is needed alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dlc_core.evidence.arms import RANDOM
from dlc_core.evidence.finding import Finding
from dlc_core.evidence.trial import FULL

# Okabe and Ito's colours, told apart by people who are colour-blind; grey is random's.
_ON_LIGHT = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")
_ON_DARK = ("#3B94D1", "#E69F00", "#12B88A", "#DB93BC", "#E8702A", "#F0E442")  # a little lighter
_SHAPES = ("circle", "square", "diamond", "triangle-up", "pentagon", "triangle-down", "hexagon")


@dataclass(frozen=True)
class Mark:
    """A colour and the name of a plotly symbol."""

    colour: str
    shape: str


def grey() -> str:
    """Return random's grey in the current theme."""
    return "#98A2AE" if _dark() else "#6B7480"


def blue() -> str:
    """Return the blue of a chart with one kind of mark, in the current theme."""
    return (_ON_DARK if _dark() else _ON_LIGHT)[0]


def marks(found: Sequence[Finding]) -> dict[str, Mark]:
    """Return the mark of each arm besides random and full, in the order of their names."""
    colours = _ON_DARK if _dark() else _ON_LIGHT
    names = sorted({one.arm for one in found} - {FULL, RANDOM.name})
    return {
        name: Mark(colours[place % len(colours)], _SHAPES[place % len(_SHAPES)])
        for place, name in enumerate(names)
    }


def _dark() -> bool:
    return bool(st.context.theme.type == "dark")
