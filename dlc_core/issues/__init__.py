"""Issues: why a sample may deserve a look; mislabelled, copied, foreign, ambiguous or broken."""

from dlc_core.issues.explanation import evidence
from dlc_core.issues.find import find_issues
from dlc_core.issues.registry import ISSUES, Issue
from dlc_core.issues.stored import read_issues, read_neighbours

# Their names until 0.1; to go with the next release.
KINDS, KindOfHard, find_kinds, read_kinds = ISSUES, Issue, find_issues, read_issues

__all__ = [
    "ISSUES",
    "KINDS",
    "Issue",
    "KindOfHard",
    "evidence",
    "find_issues",
    "find_kinds",
    "read_issues",
    "read_kinds",
    "read_neighbours",
]
