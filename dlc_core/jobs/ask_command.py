"""Commands that only say something, waited for."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from dlc_core.errors import DLCError

_PATIENCE = 120  # seconds for a command that is waited for


def ask(arguments: list[str]) -> str:
    """Run a command that only says something; return the last line of what it said.

    Args:
        arguments: such as ["score", …, "--dry-run"].

    Raises:
        DLCError: with its sentence, if it failed or took too long.
    """
    return _asked(arguments)[0]


def ask_json(arguments: list[str]) -> dict[str, Any]:
    """Run a command with --json; return the object that it printed.

    Args:
        arguments: such as ["look", …, "--json"].

    Raises:
        DLCError: as `ask`.
    """
    printed = _asked(arguments)[1].strip().splitlines()
    try:
        value = json.loads(printed[-1])
    except (ValueError, IndexError) as error:
        raise DLCError("the command ended without an answer.") from error
    return dict(value)


def _asked(arguments: list[str]) -> tuple[str, str]:
    """Return the last line of what a command said, and all that it printed."""
    try:
        result = subprocess.run(
            [sys.executable, "-P", "-m", "dlc_core", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DLCError(f"no answer within {_PATIENCE} s; start the scoring instead.") from error
    lines = [line.removeprefix("dlc: ") for line in result.stderr.splitlines() if line.strip()]
    said = lines[-1] if lines else "the command ended without a word."
    if result.returncode != 0:
        raise DLCError(said)
    return said, result.stdout
