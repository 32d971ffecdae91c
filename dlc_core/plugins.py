"""What other installed packages add to a registry, by entry point (docs/plug-ins.md)."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from dlc_core.errors import DLCError, reason_of

T = TypeVar("T")
_PLAIN = re.compile(r"(?!auto$|none$|-)[A-Za-z0-9_-]{1,40}")


def plugin_names(group: str) -> list[str]:
    """Return the names that installed packages register in a group, sorted; none is imported.

    Only plain names count: letters, digits, "_" and "-", and none that means something to commands.

    What is installed is looked up once for each sys.path, as a page asks at every step of a slider.
    """
    return sorted(_points(group, tuple(sys.path)))


@lru_cache(maxsize=32)
def _points(group: str, path: tuple[str, ...]) -> dict[str, EntryPoint]:  # noqa: ARG001 - the key
    points = reversed([*entry_points(group=group)])
    return {point.name: point for point in points if _PLAIN.fullmatch(point.name)}


def load_plugin(group: str, name: str, kind: type[T]) -> T:
    """Import what a package registers under a name; once for each sys.path.

    Args:
        group: "dlc.datasets", "dlc.backbones", "dlc.strategies", "dlc.scores", "dlc.exporters",
            "dlc.modalities" or "dlc.objectives".
        name: one of `plugin_names(group)`.
        kind: what it must be an instance of.

    Raises:
        DLCError: if it cannot be imported, or is something else.
    """
    found, problem = _loaded(group, name, tuple(sys.path))
    if not problem and not isinstance(found, kind):
        value = _points(group, tuple(sys.path))[name].value
        problem = (
            f"the plug-in {name!r} ({value}) is a {type(found).__name__}; expected a "
            f"{kind.__module__}.{kind.__name__}."
        )
    if problem:
        raise DLCError(problem)
    entry: T = found
    return entry


def plugin_version(group: str, name: str) -> str:
    """Return package and version of a plug-in, such as "dlc-acme 1.0"; "" if there is none."""
    point = _points(group, tuple(sys.path)).get(name)
    dist = None if point is None else point.dist
    return "" if dist is None else f"{dist.name} {dist.version}"


def with_plugins(group: str, own: Mapping[str, T], kind: type[T]) -> dict[str, T]:
    """Return a registry's own entries and those of other packages, which replace none of them.

    A plug-in that cannot be loaded is passed over; `broken_plugins` says why.
    """
    found = dict(own)
    for name in plugin_names(group):
        if name not in own:
            with contextlib.suppress(DLCError):
                found[name] = load_plugin(group, name, kind)
    return found


def broken_plugins(group: str, kind: type[T]) -> list[str]:
    """Return a sentence for each plug-in of a group that cannot be loaded."""
    found = []
    for name in plugin_names(group):
        try:
            load_plugin(group, name, kind)
        except DLCError as error:
            found.append(str(error))
    return found


@lru_cache(maxsize=128)
def _loaded(group: str, name: str, path: tuple[str, ...]) -> tuple[Any, str]:
    """Return what is registered, and a sentence if it cannot be imported."""
    point = _points(group, path)[name]
    try:
        return point.load(), ""
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a stranger's module raises
        return None, (
            f"the plug-in {name!r} ({point.value}) cannot be loaded: {reason_of(error)}; mend or "
            "uninstall the package that brings it."
        )
