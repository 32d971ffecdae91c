"""What a person looks at: conditions on samples that compose, and their form in an address."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from dlc_core.imports.shown import NAME as SUBSET_NAME

Range = tuple[float, float]
MOST_CONDITIONS = 30  # on columns of the data, and values of one of them in an address

DECIDED = {
    "any": "decided",
    "pin": "pinned",
    "exclude": "excluded",
    "relabel": "relabelled",
    "note": "with a note",
    "none": "undecided",
}
FAULT = "fault"  # beside the kinds of hard: files that could not be read


@dataclass(frozen=True)
class Filter:
    """Conditions that all must hold; inside one condition any of its values suffices.

    Attributes:
        classes: class ids; () = all.
        name: text that the path contains, whatever the case; "" = any.
        score: lowest and highest score, or None.
        percentile: lowest and highest hardness within the class, in [0, 100], or None.
        kinds: keys of dlc_core.kinds.KINDS, or "fault".
        decided: keys of DECIDED.
        looks_like: class ids that a classifier suspects instead of the label.
        values: (column of the data, its values that suffice), columns distinct.
        numbers: (column of the data, lowest, highest), columns distinct.
        lasso: corners of a polygon on the map, x, y, x, y, …; () = none.
        lasso_map: the map it was drawn on, so that a link to a newer map is noticed.
        subset: name of a brought-back subset that the run keeps (dlc_core.imports); "" = none.
        inverted: everything that the conditions leave out instead.
    """

    classes: tuple[int, ...] = ()
    name: str = ""
    score: Range | None = None
    percentile: Range | None = None
    kinds: tuple[str, ...] = ()
    decided: tuple[str, ...] = ()
    looks_like: tuple[int, ...] = ()
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()
    numbers: tuple[tuple[str, float, float], ...] = ()
    lasso: tuple[float, ...] = ()
    lasso_map: str = ""
    subset: str = ""
    inverted: bool = False

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return self != Filter()

    def without(self, *names: str) -> Filter:
        """Return the filter with these conditions lifted."""
        return replace(self, **{name: getattr(Filter(), name) for name in names})

    def with_values(self, column: str, values: Sequence[str]) -> Filter:
        """Return the filter with these values of a column instead; none lifts the condition."""
        others = tuple(one for one in self.values if one[0] != column)
        return replace(self, values=(*others, (column, tuple(values))) if values else others)

    def with_numbers(self, column: str, given: Range | None) -> Filter:
        """Return the filter with this range of a column instead; None lifts the condition."""
        others = tuple(one for one in self.numbers if one[0] != column)
        return replace(self, numbers=others if given is None else (*others, (column, *given)))


def to_parameters(given: Filter) -> dict[str, list[str]]:
    """Return the filter as query parameters; conditions that do not hold anything are left out."""
    values = {
        "class": [str(class_id) for class_id in given.classes],
        "name": [given.name] if given.name else [],
        "score": _range_text(given.score),
        "hardness": _range_text(given.percentile),
        "kind": list(given.kinds),
        "decided": list(given.decided),
        "looks": [str(class_id) for class_id in given.looks_like],
        "value": [
            f"{_quoted(column)}={_quoted(value)}" for column, of in given.values for value in of
        ],
        "number": [
            f"{_quoted(column)}={text}"
            for column, *limits in given.numbers
            for text in _range_text((limits[0], limits[1]))
        ],
        "lasso": [" ".join(f"{value:.4g}" for value in given.lasso)] if given.lasso else [],
        "map": [given.lasso_map] if given.lasso and given.lasso_map else [],
        "subset": [given.subset] if given.subset else [],
        "inverted": ["1"] if given.inverted else [],
    }
    return {name: value for name, value in values.items() if value}


PARAMETERS = (
    "class", "name", "score", "hardness", "kind", "decided", "looks", "value", "number", "lasso",
    "map", "subset", "inverted",
)  # fmt: skip


def from_parameters(
    parameters: Mapping[str, Sequence[str]], *, classes: int, kinds: Sequence[str]
) -> Filter:
    """Return the filter of an address; what cannot be understood is left out.

    Args:
        parameters: every value of each query parameter.
        classes: how many classes the run has.
        kinds: the kinds that exist.
    """

    def all_of(name: str) -> list[str]:
        return [str(value) for value in parameters.get(name, ())]

    def first(name: str) -> str:
        return next(iter(all_of(name)), "")

    def ids(name: str) -> tuple[int, ...]:
        found = {int(value) for value in all_of(name) if re.fullmatch(r"\d{1,9}", value)}
        return tuple(sorted(value for value in found if value < classes))

    lasso = _numbers(first("lasso"))
    whole = len(lasso) >= 6 and len(lasso) % 2 == 0
    return Filter(
        classes=ids("class"),
        name=first("name")[:200],
        score=_range(first("score")),
        percentile=_range(first("hardness")),
        kinds=tuple(kind for kind in dict.fromkeys(all_of("kind")) if kind in (*kinds, FAULT)),
        decided=tuple(key for key in DECIDED if key in all_of("decided")),
        looks_like=ids("looks"),
        values=_values(all_of("value")),
        numbers=_limits(all_of("number")),
        lasso=lasso if whole else (),
        lasso_map=first("map")[:64] if whole else "",
        subset=first("subset") if SUBSET_NAME.fullmatch(first("subset")) else "",
        inverted=first("inverted") == "1",
    )


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")  # "=" parts a column from its value


def _split(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Return column and rest of each text that has both."""
    parted = [text.partition("=") for text in texts[: MOST_CONDITIONS * MOST_CONDITIONS]]
    return [(unquote(column), rest) for column, equals, rest in parted if equals]


def _values(texts: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, dict[str, None]] = {}
    for column, value in _split(texts):
        found.setdefault(column, {})[unquote(value)] = None
    return tuple((column, tuple(values)) for column, values in found.items())[:MOST_CONDITIONS]


def _limits(texts: Sequence[str]) -> tuple[tuple[str, float, float], ...]:
    ranges = {column: _range(rest) for column, rest in _split(texts)}
    found = [(column, *given) for column, given in ranges.items() if given is not None]
    return tuple(found)[:MOST_CONDITIONS]


def _numbers(text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(word) for word in text.split()[:400])
    except ValueError:
        return ()
    return found if all(map(math.isfinite, found)) else ()


def _range(text: str) -> Range | None:
    found = _numbers(text.replace("..", " "))
    return (found[0], found[1]) if len(found) == 2 and found[0] <= found[1] else None


def _range_text(given: Range | None) -> list[str]:
    return [] if given is None else [f"{float(given[0])!r}..{float(given[1])!r}"]  # exact
