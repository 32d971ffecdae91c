"""Issues: why a sample may deserve a look; mislabelled, copied, foreign, ambiguous or broken."""

from dlc_core.issues.explanation import evidence
from dlc_core.issues.find import find_issues
from dlc_core.issues.registry import ISSUES, Issue
from dlc_core.issues.stored import read_issues, read_neighbours

__all__ = [
    "ISSUES",
    "Issue",
    "evidence",
    "find_issues",
    "read_issues",
    "read_neighbours",
]
