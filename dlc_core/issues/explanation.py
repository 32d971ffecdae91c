"""The issue that one sample probably has, with the evidence in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from dlc_core.issues.registry import ISSUES, QUALITIES
from dlc_core.issues.stored import read_neighbours
from dlc_core.runs import Run

_LIKELY = 0.5  # probability of another class from which an error is called probable
_HARD = 75  # percentile from which a sample is called harder than most


def evidence(run: Run, table: pd.DataFrame, row: int) -> tuple[str, str]:
    """Return the title of a sample's most probable issue and one plain sentence that supports it.

    Args:
        run: the run.
        table: its issues, from read_issues.
        row: place of the sample in them.
    """
    issue = str(_at(table, "kind", row))
    if not issue:
        return "Nothing unusual", _nothing(run, table, row)
    return ISSUES[issue.replace(" ", "-")].title, _SENTENCES[issue](run, table, row)


def _label_error(run: Run, table: pd.DataFrame, row: int) -> str:
    suspected = int(_at(table, "suspected_class", row))
    name = run.classes[suspected]
    said = _percent(_at(table, "suspected_probability", row))
    sure = "Probably" if _at(table, "suspected_probability", row) >= _LIKELY else "Possibly"
    text = (
        f"{sure} a label error: given {_at(run.samples, 'label', row)}, but a classifier that did "
        f"not see it says {name} ({said})"
    )
    found = read_neighbours(run)
    if found is None or found[0].shape[1] == 0:
        return f"{text}."
    class_ids = run.samples["class_id"].to_numpy()[found[0][row]]
    same = int((class_ids == suspected).sum())
    verb = "is" if same == 1 else "are"
    return f"{text}, and {same} of its {len(class_ids)} nearest neighbours {verb} {name}."


def _leak(run: Run, table: pd.DataFrame, row: int) -> str:
    path, label = str(_at(table, "leak", row)), str(_at(run.samples, "label", row))
    there = path.split("/")[1:-1]  # of split/class/…/file
    other = "" if not there or there[0] == label else f" (there it is {there[0]}, here {label})"
    return f"The same file, byte for byte, is in another split: {path}{other}."


def _duplicate(run: Run, table: pd.DataFrame, row: int) -> str:
    group = table["duplicate_group"].to_numpy()
    others = np.flatnonzero(group == group[row])
    others = others[others != row]
    what = "The same file as" if _at(table, "duplicate", row) == "exact" else "Looks the same as"
    if _at(table, "duplicate", row) == "exact":  # name a true copy, not one that only looks alike
        others = others[np.argsort(table["duplicate"].to_numpy()[others] != "exact", kind="stable")]
    first = run.samples["path"].iat[int(others[0])]
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    text = f"{what} {first}{more}"
    if not _at(table, "duplicate_labels", row):
        return f"{text}."
    labels = sorted(set(run.samples["label"].iloc[[row, *others.tolist()]]))
    return f"{text}, under different labels ({', '.join(labels)}): all but one must be wrong."


def _outlier(_run: Run, table: pd.DataFrame, row: int) -> str:
    scores = table["outlier_score"].to_numpy()
    times = float(scores[row]) / max(float(np.median(scores)), 1e-12)
    share = 100 * float((scores < scores[row]).mean())
    return (
        f"Far from its neighbours: {times:.1f} times the median distance, and farther than "
        f"{share:.1f} % of the samples."
    )


def _ambiguous(run: Run, table: pd.DataFrame, row: int) -> str:
    own, other = run.samples["label"].iat[row], run.classes[int(_at(table, "other_class", row))]
    return (
        f"Between {own} and {other}: a classifier that did not see it gives them "
        f"{_percent(_at(table, 'own_probability', row))} and "
        f"{_percent(_at(table, 'other_probability', row))}."
    )


def _quality(_run: Run, table: pd.DataFrame, row: int) -> str:
    words = {
        "dark": f"dark (mean brightness {_at(table, 'brightness', row):.2f} of 1)",
        "bright": f"bright (mean brightness {_at(table, 'brightness', row):.2f} of 1)",
        "blurry": f"blurry (edges {_at(table, 'sharpness', row):.2f} of its contrast)",
        "low_information": f"nearly empty ({_at(table, 'entropy', row):.1f} bits a pixel)",
        "odd_shape": f"oddly long (sides 1 : {1 / max(_at(table, 'aspect', row), 1e-6):.1f})",
    }
    return f"The image is {' and '.join(words[q] for q in QUALITIES if _at(table, q, row))}."


def _nothing(run: Run, table: pd.DataFrame, row: int) -> str:
    percentile = float(_at(run.samples, "percentile", row))
    text = "No label error, copy, outlier, ambiguity or poor image was found"
    if percentile < _HARD:
        return f"{text}; its hardness percentile in its class is {percentile:.0f} of 100."
    central = float(_at(table, "centrality", row))
    where = "far from the middle of its class" if central < 100 - _HARD else "within its class"
    return (
        f"{text}, yet its hardness percentile is {percentile:.0f} of 100: it lies {where} "
        f"(centrality {central:.0f} of 100) and may be rare or subtle."
    )


def _at(table: pd.DataFrame, column: str, row: int) -> Any:
    return table[column].iat[row]


def _percent(value: float) -> str:
    return f"{100 * float(value):.0f} %"


_SENTENCES: dict[str, Callable[[Run, pd.DataFrame, int], str]] = {
    "label error": _label_error,
    "leak": _leak,
    "duplicate": _duplicate,
    "outlier": _outlier,
    "ambiguous": _ambiguous,
    "quality": _quality,
}
