"""Whether labels with a separator in them are several labels, or a class of such a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

SEPARATORS = "|;,"
_RECOMBINED = 0.5  # share of the names with a separator that must be made of others' parts


def several_labels(names: Iterable[str]) -> list[str]:
    """Return the names that combine labels, if names with a separator mostly do; else none.

    Several labels in one cell recombine: "cat|dog" beside "dog", or beside "dog|bird". The parts
    of a name do not, for each is always at one place of it: "tench, Tinca tinca", or "apple, sick"
    beside "apple, healthy", "grape, sick" and "apple".

    Args:
        names: the distinct labels.
    """
    names = list(names)
    for separator in SEPARATORS:
        parts = {
            name: tuple(map(str.strip, name.split(separator)))
            for name in names
            if separator in name
        }
        if not parts:
            continue
        places: dict[str, set[int]] = defaultdict(set)
        for name in names:
            for place, part in enumerate(parts.get(name, (name.strip(),))):
                places[part].add(place)
        found = [
            name for name, own in parts.items() if any(len(places[one]) > 1 for one in own if one)
        ]
        if len(found) >= _RECOMBINED * len(parts):
            return found
    return []
