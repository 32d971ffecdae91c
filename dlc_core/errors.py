"""The one exception for what the user can mend."""

from __future__ import annotations


class DLCError(ValueError):
    """A request that cannot be met as asked; its text is one sentence: got, expected, what to do.

    The command line prints the text and exits with code 2; a page of the dashboard shows it. Names
    and cells of a person's data are in it, so a text that they make long loses its middle.
    """

    def __init__(self, text: object = "") -> None:
        """Take the sentence."""
        super().__init__(clipped(str(text)))


_LONGEST = 500


def clipped(text: str, longest: int = _LONGEST) -> str:
    """Return a text of at most so many characters: the start and the end of a longer one."""
    if len(text) <= longest:
        return text
    end = longest // 3  # what to do is said last
    return f"{text[: longest - end - 3].rstrip()} … {text[-end:].lstrip()}"


def reason_of(error: BaseException) -> str:
    """Return what an error of a library says, for use inside a sentence.

    One line of at most 160 characters without a full stop; its class where it says nothing.
    """
    return " ".join(str(error).split())[:160].rstrip(". ") or type(error).__name__
