"""Where commands write: --out, --overwrite, standard output and --json."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from dlc_core.errors import DLCError

if TYPE_CHECKING:
    from dlc_core.runs import Run

STDOUT = "-"


def add_out(parser: Any, *, metavar: str, help: str, required: bool = False) -> None:
    """Add --out, which replaces nothing unasked, and --overwrite."""
    parser.add_argument("--out", required=required, metavar=metavar, help=help)
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace what --out names if it is there; never a part of a run or of its data",
    )


def check_out(options: argparse.Namespace, *runs: Run) -> None:
    """Refuse an --out that may not be written, before any work is done.

    Raises:
        DLCError: if something is there that may not be replaced, or standard output has two uses.
    """
    from dlc_core.export import check_destination

    if options.out != STDOUT:
        check_destination(options.out, runs=runs, overwrite=options.overwrite)
    elif options.json:
        raise DLCError("got --out - and --json, which both print; expected one of them.")


def deliver(data: bytes, options: argparse.Namespace, *runs: Run) -> None:
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


def conclude(options: argparse.Namespace, **value: object) -> None:
    """Keep what a command has done for the job's outcome; print it, too, if --json asks for it."""
    options.told = value
    if options.json:
        print(json.dumps(value, allow_nan=False))
