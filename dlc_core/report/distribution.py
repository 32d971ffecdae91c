"""How hardness is spread inside the classes, and which part of it is kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlc_core.report.bars import bar_path
from dlc_core.report.literal_text import SPACE

MOST_PANELS = 12
BINS = 32
_PERCENTILE_BINS = 20
_TOPS = (0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0)  # of the share's axis


@dataclass(frozen=True)
class Panel:
    """The score histogram of one class.

    Attributes:
        class_id: which class.
        samples, kept: of the class.
        all_path, kept_path: bars of all and of the kept samples, on one scale.
        low, high: the axis; the last bar holds whatever lies above it as well.
        open_end: whether anything does.
    """

    class_id: int
    samples: int
    kept: int
    all_path: str
    kept_path: str
    low: str
    high: str
    open_end: bool


@dataclass(frozen=True)
class KeptShare:
    """The share that is kept over the percentile within the class.

    Attributes:
        path: its bars.
        bins: how many.
        top: the share at the top of the axis.
        overall: the share of all samples, in [0, 1].
        words: the shares of a few parts in words, for those who do not see the bars.
    """

    path: str
    bins: int
    top: float
    overall: float
    words: str


def largest(counts: NDArray[np.int64], most: int) -> list[int]:
    """Return the class ids with most samples, at most `most`, larger first; empty ones left out.

    Args:
        counts: (C,) samples of each class.
        most: how many.
    """
    order = np.argsort(-counts, kind="stable")[:most]
    return [int(class_id) for class_id in order if counts[class_id]]


def class_panels(
    scores: NDArray[np.float64],
    class_ids: NDArray[np.int64],
    kept: NDArray[np.bool_],
    shown: list[int],
) -> list[Panel]:
    """Return the histograms of some classes; each has its own scale.

    Raw scores carry a constant per class, so a common axis would invite what must not be compared.

    Args:
        scores: (N,).
        class_ids: (N,).
        kept: (N,) whether each sample is kept.
        shown: the classes.
    """
    panels = []
    for class_id in shown:
        rows = np.flatnonzero(class_ids == class_id)
        own = scores[rows]
        low, high = float(own.min()), float(np.quantile(own, 0.995))
        if high <= low:
            high = low + max(abs(low), 1.0) * 1e-6
        bins = np.clip(((own - low) / (high - low) * BINS).astype(np.int64), 0, BINS - 1)
        everything = np.bincount(bins, minlength=BINS)
        held = np.bincount(bins[kept[rows]], minlength=BINS)
        top = float(everything.max())
        digits = _digits(high - low)
        panels.append(
            Panel(
                class_id,
                len(rows),
                int(held.sum()),
                bar_path(everything.tolist(), top),
                bar_path(held.tolist(), top),
                f"{low:.{digits}f}",
                f"{high:.{digits}f}",
                bool(own.max() > high),
            )
        )
    return panels


def _digits(span: float) -> int:
    """Return the decimals that tell the two ends of an axis apart."""
    return int(np.clip(2 - np.floor(np.log10(span)), 0, 9)) if span > 0 else 2


def kept_share(percentile: NDArray[np.float64], kept: NDArray[np.bool_]) -> KeptShare:
    """Return the share kept in each twentieth of the percentile within the class.

    Args:
        percentile: (N,) 100 = the hardest of its class.
        kept: (N,).
    """
    bins = np.clip(percentile * _PERCENTILE_BINS / 100, 0, _PERCENTILE_BINS - 1).astype(np.int64)
    everything = np.bincount(bins, minlength=_PERCENTILE_BINS)
    held = np.bincount(bins[kept], minlength=_PERCENTILE_BINS)
    shares = held / np.maximum(everything, 1)
    top = next(top for top in _TOPS if top >= min(shares.max(), 1.0))
    quarters = [
        (held[part].sum() / max(1, everything[part].sum()))
        for part in (slice(0, 5), slice(5, 15), slice(15, 20))
    ]
    words = "easiest quarter {:.0%}, middle half {:.0%}, hardest quarter {:.0%}".format(*quarters)
    overall = float(kept.mean()) if len(kept) else 0.0
    path = bar_path(shares.tolist(), top, gap=0.12)
    return KeptShare(path, _PERCENTILE_BINS, top, overall, words.replace("%", f"{SPACE}%"))
