"""Kinds of hard: mislabelled, copied, foreign, ambiguous or broken, kept in the run."""

from dlc_core.issues.explanation import evidence
from dlc_core.issues.find import find_kinds
from dlc_core.issues.registry import KINDS, KindOfHard
from dlc_core.issues.stored import read_kinds, read_neighbours

__all__ = ["KINDS", "KindOfHard", "evidence", "find_kinds", "read_kinds", "read_neighbours"]
