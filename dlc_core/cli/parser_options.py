"""What the commands' parsers share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dlc_core.errors import clipped

if TYPE_CHECKING:
    from dlc_core.runs import Run as ScoredRun

Run = Callable[[argparse.Namespace], int]
Commands = Any  # argparse keeps the type of add_subparsers() to itself


def described(choices: Mapping[str, str]) -> str:
    """Return choices and what each of them means, for a --help."""
    return "; ".join(f"{name}: {what}" for name, what in choices.items())


def say_cautions(run: ScoredRun) -> None:
    """Say on stderr if a run's scores rest on some of its masks, and what is damaged in it."""
    for fault in run.damage.values():
        print(f"dlc: caution: {clipped(fault)}", file=sys.stderr)
    if run.partial:
        print(f"dlc: {run.partial}; go on with dlc score --resume for the rest.", file=sys.stderr)


def command(commands: Commands, name: str, *, help: str, example: str, run: Run) -> Any:
    """Add one sub-command with an example in its --help; return its parser."""
    parser = commands.add_parser(
        name,
        help=help,
        description=help[0].upper() + help[1:] + ".",
        epilog=f"Example: {example}",
    )
    parser.set_defaults(run=run)
    return parser
