"""The command `dlc`: one sub-command per module, one sentence per error."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from dlc_core import __version__
from dlc_core.cli import (
    auto,
    compare,
    decisions,
    evidence,
    export,
    info,
    kinds,
    look,
    project,
    prune,
    report,
    score,
    scores,
    serve,
    update,
)
from dlc_core.errors import DLCError, clipped, is_refusal, refused

DONE, OUR_FAULT, ASKED_WRONGLY, STOPPED = 0, 1, 2, 130


class _Parser(argparse.ArgumentParser):
    """An argument parser that says in one sentence what is wrong."""

    def error(self, message: str) -> NoReturn:
        raise DLCError(f"{message}; see {self.prog} --help.")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = _Parser(
        prog="dlc",
        description="See how hard each sample of a dataset is, prune it, export the subset.",
        epilog="Start with: dlc demo",
    )
    parser.add_argument("--version", action="version", version=f"dlc {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    others = (look, update, decisions, scores, project, compare, kinds, evidence, auto, report)
    for module in (serve.DEMO, serve.APP, score, prune, export, info, *others):
        module.add_to(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0 done, 1 our fault, 2 asked wrongly, 130 stopped."""
    try:
        options = build_parser().parse_args(arguments)
        result: int = options.run(options)
    except DLCError as error:
        print(f"dlc: {_one_line(error)}", file=sys.stderr)
        return ASKED_WRONGLY
    except BrokenPipeError:
        # The reader of our output has left (dlc info … | head); nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        if not is_refusal(error):
            raise
        print(f"dlc: {_one_line(DLCError(_refusal(error)))}", file=sys.stderr)
        return ASKED_WRONGLY
    except KeyboardInterrupt:
        return STOPPED
    return result


def _refusal(error: OSError) -> str:
    names = [str(name) for name in (error.filename2, error.filename) if name is not None]
    path = Path(names[0]) if names else None
    if path is not None and path.suffix == ".tmp":  # .NAME.PID-THREAD.tmp is NAME's
        path = path.with_name(path.name[1:].rsplit(".", 2)[0])
    return refused(path or "what was asked for", error, act="read or write")


def _one_line(error: Exception) -> str:
    return clipped(" ".join(str(error).split()))
