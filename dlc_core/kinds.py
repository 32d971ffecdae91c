"""Issues under the names that they had until 0.1; to go with the next release."""

from dlc_core.issues import ISSUES as KINDS
from dlc_core.issues import Issue as KindOfHard
from dlc_core.issues import evidence, read_neighbours
from dlc_core.issues import find_issues as find_kinds
from dlc_core.issues import read_issues as read_kinds

__all__ = ["KINDS", "KindOfHard", "evidence", "find_kinds", "read_kinds", "read_neighbours"]
