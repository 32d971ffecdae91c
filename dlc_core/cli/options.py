"""What the commands' parsers share."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dlc_core.errors import DLCError

if TYPE_CHECKING:
    from dlc_core.runs import Run as ScoredRun

STDOUT = "-"
Run = Callable[[argparse.Namespace], int]
Commands = Any  # argparse keeps the type of add_subparsers() to itself


def described(choices: Mapping[str, str]) -> str:
    """Return choices and what each of them means, for a --help."""
    return "; ".join(f"{name}: {what}" for name, what in choices.items())


def warn_of_partial(run: ScoredRun) -> None:
    """Say on stderr that a run's scores rest on some of its masks, if that is so."""
    if run.partial:
        print(f"dlc: {run.partial}; go on with dlc score --resume for the rest.", file=sys.stderr)


def add_out(parser: Any, *, metavar: str, help: str, required: bool = False) -> None:
    """Add --out, which replaces nothing unasked, and --overwrite."""
    parser.add_argument("--out", required=required, metavar=metavar, help=help)
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace what --out names if it is there; never a part of a run or of its data",
    )


def check_out(options: argparse.Namespace, *runs: ScoredRun) -> None:
    """Refuse an --out that may not be written, before any work is done.

    Raises:
        DLCError: if something is there that may not be replaced, or standard output has two uses.
    """
    from dlc_core.export import check_destination

    if options.out != STDOUT:
        check_destination(options.out, runs=runs, overwrite=options.overwrite)
    elif options.json:
        raise DLCError("got --out - and --json, which both print; expected one of them.")


def deliver(data: bytes, options: argparse.Namespace, *runs: ScoredRun) -> None:
    """Write the bytes of a file where --out says; "-" is standard output.

    Raises:
        DLCError: as `check_out`, or if it cannot be written.
    """
    from dlc_core.export import write_file

    check_out(options, *runs)
    if options.out != STDOUT:
        write_file(options.out, data)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def add_json(parser: Any) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="print one JSON object as last line")


def print_json(options: argparse.Namespace, **value: object) -> None:
    """Print what a command has done as the last line of standard output, if that is asked for."""
    if options.json:
        print(json.dumps(value, allow_nan=False))


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
