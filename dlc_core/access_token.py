"""What a browser must bring to be answered: a random token, one that was given, or none."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass

from dlc_core.errors import DLCError
from dlc_core.host_names import LOOPBACK

VARIABLE = "DLC_TOKEN"
NONE = "none"
_GOOD = re.compile(r"[A-Za-z0-9._~-]{8,200}")


@dataclass(frozen=True)
class Token:
    """A server's token.

    Attributes:
        value: "" = nothing is asked for.
        known: whether whoever started the server knows it already, so that it is not printed.
    """

    value: str
    known: bool = False

    @property
    def query(self) -> str:
        """What comes after the address that is opened."""
        return f"?token={self.value}" if self.value else ""

    @property
    def shown(self) -> str:
        """What comes after the address that is printed: a log is no place for a lasting secret."""
        return f"?token=${VARIABLE}" if self.value and self.known else self.query


def token_of(given: str | None, *, host: str) -> Token:
    """Return the token of a server that is about to start.

    Args:
        given: of --token; None = $DLC_TOKEN, or a new random one.
        host: that it will listen on.

    Raises:
        DLCError: if it is too short or cannot stand in an address, or if none is asked for where
            others than this machine's users can reach it.
    """
    inherited = os.environ.pop(VARIABLE, None)  # jobs are not to know it
    text = inherited if given is None else given
    if text is None:
        return Token(secrets.token_urlsafe(24))
    if text == NONE:
        if host not in LOOPBACK:
            raise DLCError(
                f"--token none is for this machine alone, got --host {host}; leave it out, or set "
                f"${VARIABLE}."
            )
        return Token("")
    if not _GOOD.fullmatch(text):
        raise DLCError(
            "a token must be 8 to 200 letters, digits or . _ ~ -, as it stands in an address; got "
            f"another one of {len(text)} characters."
        )
    return Token(text, known=given is None)
