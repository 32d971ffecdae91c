"""Runs: one scored dataset on disk, read, written, locked and resumed."""

from dlc_core.runs.run import Run, run_folders
from dlc_core.runs.run_json import FORMAT

__all__ = ["FORMAT", "Run", "run_folders"]
