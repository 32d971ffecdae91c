"""Parameters of strategies: their names, ranges and words, and reading them from what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from dlc_core.errors import DLCError

AUTO = "auto"  # in place of a value: what does best on held-out data, of `Parameter.tried`
SHORTHAND = "gamma"  # the one that has an option, a field of recipes and a control of its own
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKEN = (AUTO, "samples", "totals", "seed", "keep_ratio", "without")


@dataclass(frozen=True)
class Parameter:
    """One number that a strategy goes by.

    Attributes:
        name: what it is called in commands, recipes and the strategy's function.
        title: of its control.
        low: the smallest value.
        high: the largest value.
        default: what it is unless somebody says otherwise; a promise, as recipes leave it out.
        help: a sentence or two on what it does.
        whole: whether it is a whole number.
        share: whether people see it in percent.
        step: of its control; whole numbers go by 1, shares by 1 %.
        tried: values that "auto" tries; () = it cannot be "auto".
        said: value -> words for it in a title; None makes them of the title.
        chosen: words in a title if it is "auto".

    Raises:
        DLCError: if the parts do not fit together.
    """

    name: str
    title: str
    low: float
    high: float
    default: float
    help: str
    whole: bool = False
    share: bool = False
    step: float = 0.01
    tried: tuple[float, ...] = ()
    said: Callable[[float], str] | None = None
    chosen: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name in _TAKEN:
            raise DLCError(
                "a parameter's name must be small letters, digits and '_', at most 40, and none of "
                f"{', '.join(_TAKEN)}, got {self.name!r}."
            )
        if not self.low < self.high:
            raise DLCError(f"{self.name}: low must be below high, got {self.low} and {self.high}.")
        for value in (self.default, *self.tried):
            self.checked(value)
        shares = (self.low, self.high, self.default) if self.share else ()
        if any(abs(100 * value - round(100 * value)) > 1e-9 for value in shares):
            raise DLCError(f"{self.name}: low, high and default of a share must be whole percents.")

    def checked(self, value: object) -> float:
        """Return a value as an int if the parameter is whole, else as a float.

        Raises:
            DLCError: if it is no number, out of range, or not whole though it should be.
        """
        if isinstance(value, bool) or not isinstance(value, Real):
            raise DLCError(f"{self.name} must be a number, got {value!r:.60}.")
        number: Any = value
        whole = "a whole number " if self.whole else ""
        if not self.low <= number <= self.high or (self.whole and number != int(number)):
            raise DLCError(
                f"{self.name} must be {whole}in [{self.low:g}, {self.high:g}], got "
                f"{_shortly(value)}."
            )
        return int(number) if self.whole else float(number)

    def parsed(self, text: str) -> float:
        """Return the value that was typed.

        Raises:
            DLCError: as `checked` does.
        """
        try:
            value = float(text)
        except ValueError as error:
            auto = f" or {AUTO}" if self.tried else ""
            raise DLCError(f"{self.name} must be a number{auto}, got {text!r:.60}.") from error
        return self.checked(value)

    def words(self, value: float | None) -> str:
        """Return what a title says of a value; None = chosen by "auto"."""
        if value is None:
            return self.chosen or f"{self.title.lower()} chosen"
        return self.said(value) if self.said else f"{self.title.lower()} {self.shown(value)}"

    def shown(self, value: float) -> str:
        """Return a value as people see it, such as "20 %"."""
        return f"{100 * value:.4g} %" if self.share else number_text(value)


def number_text(value: float) -> str:
    """Return a number as short as it can be without being another one."""
    if isinstance(value, int):
        return str(value)
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))


def _shortly(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else f"{value!r:.60}"


def resolved(
    parameters: Iterable[Parameter], given: Mapping[str, object], *, owner: str
) -> dict[str, float]:
    """Return a value for each parameter: the given one, else its default.

    Args:
        parameters: of the owner.
        given: name -> value.
        owner: name of the strategy, for messages.

    Raises:
        DLCError: if there is no such parameter, or a value is out of its range.
    """
    known = {one.name: one for one in parameters}
    for name in given:
        _known(name, known, owner)
    return {name: one.checked(given.get(name, one.default)) for name, one in known.items()}


def parsed_settings(
    parameters: Iterable[Parameter], texts: Iterable[str], *, owner: str
) -> dict[str, float | str]:
    """Return what was typed as NAME=VALUE, each once; the value may be AUTO where it may be chosen.

    Raises:
        DLCError: if a text is something else, there is no such parameter, or a value is out of
            its range.
    """
    known = {one.name: one for one in parameters}
    found: dict[str, float | str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise DLCError(f"a parameter must be NAME=VALUE, got {text!r:.80}.")
        one = _known(name, known, owner)
        if name in found:
            raise DLCError(f"{name} was given twice; give it once.")
        found[name] = AUTO if value == AUTO and one.tried else one.parsed(value)
    return found


def _known(name: str, known: Mapping[str, Parameter], owner: str) -> Parameter:
    if name not in known:
        if not known:
            raise DLCError(f"{owner} has no parameters, got {name!r:.60}; leave it out.")
        raise DLCError(
            f"{owner} has no parameter {name!r:.60}; expected one of {', '.join(known)}."
        )
    return known[name]
