"""Decisions: what people said of single samples, as an append-only log in the run."""

from dlc_core.decisions.event import EXCLUDE, PIN, UNSET, Event, describe
from dlc_core.decisions.history import Row, history
from dlc_core.decisions.importing import Imported, import_decisions
from dlc_core.decisions.log import Decided, Log, read_log
from dlc_core.decisions.undoing import can_redo, can_undo
from dlc_core.decisions.writing import record, redo, undo

__all__ = [
    "EXCLUDE",
    "PIN",
    "UNSET",
    "Decided",
    "Event",
    "Imported",
    "Log",
    "Row",
    "can_redo",
    "can_undo",
    "describe",
    "history",
    "import_decisions",
    "read_log",
    "record",
    "redo",
    "undo",
]
