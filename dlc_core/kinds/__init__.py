"""Kinds of hard: mislabelled, copied, foreign, ambiguous or broken, kept in the run."""

from dlc_core.kinds.evidence import evidence
from dlc_core.kinds.find import find_kinds
from dlc_core.kinds.registry import KINDS, KindOfHard
from dlc_core.kinds.table import read_kinds, read_neighbours

__all__ = ["KINDS", "KindOfHard", "evidence", "find_kinds", "read_kinds", "read_neighbours"]
