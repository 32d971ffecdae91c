"""Runs: one scored dataset on disk, read, written, locked and resumed."""

from dlc_core.runs.run import FORMAT, Run, run_folders

__all__ = ["FORMAT", "Run", "run_folders"]
