"""The registry of engines: name -> who runs the units of a scoring."""

from __future__ import annotations

from dataclasses import dataclass

from dlc_core.engines.local import LocalEngine
from dlc_core.scoring.units import Engine


@dataclass(frozen=True)
class EngineKind:
    """An engine in the registry: what it is, in one line, and the engine."""

    description: str
    engine: Engine


ENGINES: dict[str, EngineKind] = {
    "local": EngineKind("this machine, in one process", LocalEngine()),
}
