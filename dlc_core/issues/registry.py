"""The issues: what each is called, what it means, and whom it concerns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

QUALITIES = ("dark", "bright", "blurry", "low_information", "odd_shape")

Mask = Callable[[pd.DataFrame], NDArray[np.bool_]]


@dataclass(frozen=True)
class Issue:
    """One issue.

    Attributes:
        title: for people.
        description: one sentence on how it is found and what that is worth.
        mask: table of issues -> (N,) bool.
        needs: keys of `dlc_core.needs.NEEDS` without which it cannot be found.
    """

    title: str
    description: str
    mask: Mask
    needs: tuple[str, ...]


def _flag(column: str) -> Mask:
    return lambda table: table[column].to_numpy(dtype=np.bool_)


def _named(column: str) -> Mask:
    return lambda table: (table[column] != "").to_numpy(dtype=np.bool_)


def _quality(table: pd.DataFrame) -> NDArray[np.bool_]:
    return np.asarray(table[list(QUALITIES)].to_numpy(dtype=np.bool_).any(axis=1))


# In the order of precedence of the column `kind`.
ISSUES: dict[str, Issue] = {
    "label-error": Issue(
        "Suspected label error",
        "A classifier that did not see the sample gives its label so little that cleanlab counts "
        "it as an error; many are none: look before you relabel.",
        _flag("label_error"),
        ("classes", "labels", "features"),
    ),
    "leak": Issue(
        "Leak",
        "The same file, byte for byte, lies in another split, so a test on that split is no test.",
        _named("leak"),
        ("images",),
    ),
    "duplicate": Issue(
        "Duplicate",
        "Another sample is the same file, or looks the same to a perceptual hash and to the "
        "backbone.",
        _named("duplicate"),
        ("images",),
    ),
    "outlier": Issue(
        "Outlier",
        "It lies unusually far from its nearest neighbours in feature space: foreign, broken or "
        "merely rare.",
        _flag("outlier"),
        ("features",),
    ),
    "ambiguous": Issue(
        "Ambiguous",
        "A classifier that did not see the sample finds two classes, its own among them, about "
        "equally likely.",
        _flag("ambiguous"),
        ("classes", "features"),
    ),
    "quality": Issue(
        "Image quality",
        "The image is dark, bright, blurry, nearly empty or oddly long, by fixed thresholds.",
        _quality,
        ("images", "thumbnails"),
    ),
}


def most_probable(table: pd.DataFrame) -> NDArray[np.object_]:
    """Return (N,) the first issue, in the order of ISSUES, that concerns a sample; "" if none."""
    found = np.full(len(table), "", dtype=object)
    for key, issue in reversed(ISSUES.items()):
        found[issue.mask(table)] = key.replace("-", " ")
    return found
