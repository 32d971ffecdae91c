"""Runs: one scored dataset on disk, read, written, locked and resumed."""

from dlc_core.runs.run import FORMAT, Run, list_runs

__all__ = ["FORMAT", "Run", "list_runs"]
