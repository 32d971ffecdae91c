"""What other installed packages add to a registry, by entry point (docs/plug-ins.md)."""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from dlc_core.errors import DLCError, reason_of

T = TypeVar("T")


def plugin_names(group: str) -> list[str]:
    """Return the names that installed packages register in a group, sorted; none is imported.

    What is installed is looked up once for each sys.path, as a page asks at every step of a slider.
    """
    return sorted(_points(group, tuple(sys.path)))


@lru_cache(maxsize=32)
def _points(group: str, path: tuple[str, ...]) -> dict[str, EntryPoint]:  # noqa: ARG001 - the key
    return {point.name: point for point in reversed([*entry_points(group=group)])}


def load_plugin(group: str, name: str, kind: type[T]) -> T:
    """Import what a package registers under a name.

    Args:
        group: "dlc.datasets", "dlc.backbones", "dlc.strategies", "dlc.scores" or "dlc.exporters".
        name: one of `plugin_names(group)`.
        kind: what it must be an instance of.

    Raises:
        DLCError: if it cannot be imported, or is something else.
    """
    point = _points(group, tuple(sys.path))[name]
    try:
        found = point.load()
    except Exception as error:  # whatever a stranger's module raises at import
        reason = reason_of(error)
        raise DLCError(
            f"the plug-in {name!r} ({point.value}) cannot be loaded: {reason}; mend or uninstall "
            "the package that brings it."
        ) from error
    if not isinstance(found, kind):
        raise DLCError(
            f"the plug-in {name!r} ({point.value}) is a {type(found).__name__}; expected a "
            f"{kind.__module__}.{kind.__name__}."
        )
    return found
