"""Decisions: what people said of single samples, as an append-only log in the run."""

from dlc_core.decisions.event import EXCLUDE, PIN, UNSET, Event, describe
from dlc_core.decisions.history import HistoryRow, history
from dlc_core.decisions.importing import (
    Imported,
    Offered,
    import_decisions,
    offered,
    offered_by_log,
    take_over,
)
from dlc_core.decisions.log import Decided, Log
from dlc_core.decisions.log_reader import damaged_lines, damaged_sentence, log_in, read_log
from dlc_core.decisions.repair_log import repair
from dlc_core.decisions.undoing import can_redo, can_undo
from dlc_core.decisions.writing import record, record_all, redo, undo, undo_all

__all__ = [
    "EXCLUDE",
    "PIN",
    "UNSET",
    "Decided",
    "Event",
    "HistoryRow",
    "Imported",
    "Log",
    "Offered",
    "can_redo",
    "can_undo",
    "damaged_lines",
    "damaged_sentence",
    "describe",
    "history",
    "import_decisions",
    "log_in",
    "offered",
    "offered_by_log",
    "read_log",
    "record",
    "record_all",
    "redo",
    "repair",
    "take_over",
    "undo",
    "undo_all",
]
