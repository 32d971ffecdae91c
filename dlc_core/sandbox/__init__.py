"""What a process gives up for good before it runs what a stranger wrote: files, network, memory."""

from dlc_core.sandbox.restrictions import DOORS, close_doors

__all__ = ["DOORS", "close_doors"]
