"""What the commands' parsers share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

Run = Callable[[argparse.Namespace], int]
Commands = Any  # argparse keeps the type of add_subparsers() to itself


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
