"""Numbers with their nouns, for every sentence that people read."""

from __future__ import annotations

from numbers import Integral

_HISSING = ("s", "x", "z", "ch", "sh")
_IRREGULAR = {"index": "indices", "axis": "axes"}


def plural(noun: str) -> str:
    """Return a noun for other numbers than one: classes, copies, images.

    Of several words the last one changes: pinned samples.
    """
    before, space, last = noun.rpartition(" ")
    if last in _IRREGULAR:
        many = _IRREGULAR[last]
    elif last.endswith(_HISSING):
        many = last + "es"
    elif last.endswith("y") and last[-2:-1] not in "aeiou":
        many = last[:-1] + "ies"
    else:
        many = last + "s"
    return before + space + many


def noun_of(count: float, noun: str) -> str:
    """Return a noun as a number needs it, for where the number is written by itself."""
    return noun if count == 1 else plural(noun)


def counted(count: float, noun: str) -> str:
    """Return a number and its noun, such as "1 class", "2,000 classes" or "0.5 points".

    Args:
        count: a whole number, or one that is written with the digits it has.
        noun: for one of it.
    """
    number = f"{count:,}" if isinstance(count, Integral) else f"{count:,g}"
    return f"{number} {noun_of(count, noun)}"
