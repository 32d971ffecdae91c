"""What a person looks at: conditions on samples that compose, and their form in an address."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from dlc_core.reimport.shown_subset import NAME as SUBSET_NAME

Range = tuple[float, float]

DECIDED = {
    "any": "decided",
    "pin": "pinned",
    "exclude": "excluded",
    "relabel": "relabelled",
    "note": "with a note",
    "none": "undecided",
}
MOST_VALUES = 50  # conditions on columns that an address may carry
LONGEST_VALUE = 200  # characters of a name or a value in it
FAULT = "fault"  # beside the issues: files that could not be read


@dataclass(frozen=True)
class Filter:
    """Conditions that all must hold; inside one condition any of its values suffices.

    Attributes:
        classes: class ids; () = all.
        name: text that the path contains, whatever the case; "" = any.
        score: lowest and highest score, or None.
        percentile: lowest and highest hardness within the class, in [0, 100], or None.
        issues: keys of dlc_core.issues.ISSUES, or "fault".
        decided: keys of DECIDED.
        looks_like: class ids that a classifier suspects instead of the label.
        lasso: corners of a polygon on the map, x, y, x, y, …; () = none.
        lasso_map: the map it was drawn on, so that a link to a newer map is noticed.
        subset: name of a brought-back subset that the run keeps (dlc_core.reimport); "" = none.
        columns: (name, value) of columns of the data's own table; a value is a text, or a range of
            numbers such as "2.0..5.5"; several of one column suffice singly.
        inverted: everything that the conditions leave out instead.
    """

    classes: tuple[int, ...] = ()
    name: str = ""
    score: Range | None = None
    percentile: Range | None = None
    issues: tuple[str, ...] = ()
    decided: tuple[str, ...] = ()
    looks_like: tuple[int, ...] = ()
    lasso: tuple[float, ...] = ()
    lasso_map: str = ""
    subset: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    inverted: bool = False

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return self != Filter()

    def without(self, *names: str) -> Filter:
        """Return the filter with these conditions lifted."""
        return replace(self, **{name: getattr(Filter(), name) for name in names})


def to_parameters(given: Filter) -> dict[str, list[str]]:
    """Return the filter as query parameters; conditions that do not hold anything are left out."""
    values = {
        "class": [str(class_id) for class_id in given.classes],
        "name": [given.name] if given.name else [],
        "score": _range_text(given.score),
        "hardness": _range_text(given.percentile),
        "issue": list(given.issues),
        "decided": list(given.decided),
        "looks": [str(class_id) for class_id in given.looks_like],
        "lasso": [" ".join(f"{value:.4g}" for value in given.lasso)] if given.lasso else [],
        "map": [given.lasso_map] if given.lasso and given.lasso_map else [],
        "subset": [given.subset] if given.subset else [],
        "column": [json.dumps(pair) for pair in given.columns],
        "inverted": ["1"] if given.inverted else [],
    }
    return {name: value for name, value in values.items() if value}


PARAMETERS = (
    "class", "name", "score", "hardness", "issue", "decided", "looks", "lasso", "map", "subset",
    "column", "inverted", "kind",
)  # fmt: skip


def from_parameters(
    parameters: Mapping[str, Sequence[str]],
    *,
    classes: int,
    issues: Sequence[str],
    columns: Collection[str] = (),
) -> Filter:
    """Return the filter of an address; what cannot be understood is left out.

    Args:
        parameters: every value of each query parameter.
        classes: how many classes the run has.
        issues: those that there are.
        columns: the names of the columns of the data's own table.
    """

    def all_of(name: str) -> list[str]:
        return [str(value) for value in parameters.get(name, ())]

    def first(name: str) -> str:
        return next(iter(all_of(name)), "")

    def ids(name: str) -> tuple[int, ...]:
        found = {int(value) for value in all_of(name) if re.fullmatch(r"\d{1,9}", value)}
        return tuple(sorted(value for value in found if value < classes))

    said = [*all_of("issue"), *all_of("kind")]  # the second in addresses of before
    lasso = _numbers(first("lasso"))
    whole = len(lasso) >= 6 and len(lasso) % 2 == 0
    return Filter(
        classes=ids("class"),
        name=first("name")[:LONGEST_VALUE],
        score=_range(first("score")),
        percentile=_range(first("hardness")),
        issues=tuple(key for key in dict.fromkeys(said) if key in (*issues, FAULT)),
        decided=tuple(key for key in DECIDED if key in all_of("decided")),
        looks_like=ids("looks"),
        lasso=lasso if whole else (),
        lasso_map=first("map")[:64] if whole else "",
        subset=first("subset") if SUBSET_NAME.fullmatch(first("subset")) else "",
        columns=_pairs(all_of("column"), columns),
        inverted=first("inverted") == "1",
    )


def _pairs(texts: Sequence[str], columns: Collection[str]) -> tuple[tuple[str, str], ...]:
    found: dict[tuple[str, str], None] = {}
    for text in texts[:MOST_VALUES]:
        try:
            pair = json.loads(text)
        except ValueError:
            continue
        if isinstance(pair, list) and len(pair) == 2 and pair[0] in columns:
            found[str(pair[0]), str(pair[1])[:LONGEST_VALUE]] = None
    return tuple(found)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(word) for word in text.split()[:400])
    except ValueError:
        return ()
    return found if all(map(math.isfinite, found)) else ()


def column_range(text: str) -> Range | None:
    """Return the lowest and highest number that a column's value stands for, or None."""
    return _range(text)


def range_value(low: float, high: float) -> str:
    """Return a range of numbers as a column's value."""
    return f"{float(low)!r}..{float(high)!r}"


def _range(text: str) -> Range | None:
    found = _numbers(text.replace("..", " "))
    return (found[0], found[1]) if len(found) == 2 and found[0] <= found[1] else None


def _range_text(given: Range | None) -> list[str]:
    return [] if given is None else [f"{float(given[0])!r}..{float(given[1])!r}"]  # exact
