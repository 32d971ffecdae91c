"""The one exception for what the user can mend."""

from __future__ import annotations


class DLCError(ValueError):
    """A request that cannot be met as asked; its text is one sentence: got, expected, what to do.

    The command line prints the text and exits with code 2; a page of the dashboard shows it.
    """


def reason_of(error: BaseException) -> str:
    """Return what an error of a library says, for use inside a sentence.

    One line of at most 160 characters without a full stop; its class where it says nothing.
    """
    return " ".join(str(error).split())[:160].rstrip(". ") or type(error).__name__
