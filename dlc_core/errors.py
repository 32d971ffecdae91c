"""The one exception for what the user can mend."""

from __future__ import annotations


class DLCError(ValueError):
    """A request that cannot be met as asked; its text is one sentence: got, expected, what to do.

    The command line prints the text and exits with code 2; a page of the dashboard shows it.
    """
