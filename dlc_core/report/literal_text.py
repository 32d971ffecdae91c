"""Names from the data as a page shows them: literally, on one line, of bounded length."""

from __future__ import annotations

LONGEST = 400  # characters
SPACE = "\N{NO-BREAK SPACE}"  # between a number and its %


def literal(text: object, length: int = LONGEST) -> str:
    """Return a name with control and direction characters as escapes, cut in the middle.

    The cut leaves both ends, because that is where file names differ. HTML is not looked at here:
    the template escapes everything.

    Args:
        text: anything; most of the time a str.
        length: the most characters, at least 3.
    """
    shown = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(text)
    )
    if len(shown) <= length:
        return shown
    half = (length - 1) // 2
    return f"{shown[:half]}…{shown[-half:]}"
