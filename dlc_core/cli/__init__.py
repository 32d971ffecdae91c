"""The command `dlc`: one sub-command per module, one sentence per error."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from dlc_core.cli import (
    auto,
    compare,
    decisions,
    evidence,
    export,
    info,
    jobs,
    kinds,
    list_samples,
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
from dlc_core.records.outcome import JOB, outcome_of, save_outcome
from dlc_core.versions import __version__

DONE, OUR_FAULT, ASKED_WRONGLY, STOPPED = 0, 1, 2, 130


class _Parser(argparse.ArgumentParser):
    """An argument parser that says in one sentence what is wrong.

    What plug-ins bring to a --help is asked of them when that is shown, and not before.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._fills: list[Callable[[], None]] = []

    def when_helped(self, fill: Callable[[], None]) -> None:
        """Call this before the help is shown; it fills in words that take long to have."""
        self._fills.append(fill)

    def format_help(self) -> str:
        """Return the help."""
        for fill in self._fills:
            fill()
        return super().format_help()

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
    others = (
        list_samples,
        look,
        update,
        decisions,
        scores,
        project,
        compare,
        kinds,
        evidence,
        auto,
        report,
        jobs,
    )
    for module in (serve.DEMO, serve.APP, score, prune, export, info, *others):
        module.add_to(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0 done, 1 our fault, 2 asked wrongly, 130 stopped.

    Where a page has started it as a job, its progress and its outcome go to the job's records.
    """
    folder = os.environ.pop(JOB, "")  # no job of this job's own takes it for its own
    options = argparse.Namespace(job=Path(folder) if folder else None, told={})
    argv = tuple(sys.argv[1:] if arguments is None else arguments)
    code, message = OUR_FAULT, ""
    try:
        code, message = _run(argv, options)
    except BaseException as error:
        message = f"dlc has a fault: {_one_line(error) or type(error).__name__}"
        raise
    finally:
        if options.job is not None:
            ended = outcome_of(options.told, exit_code=code, argv=argv, message=message)
            with contextlib.suppress(OSError):  # a full disk: told as one that ended without a word
                save_outcome(options.job, ended)
    return code


def _run(argv: tuple[str, ...], options: argparse.Namespace) -> tuple[int, str]:
    """Run one command; return its exit code and why it failed."""
    try:
        build_parser().parse_args(argv, options)
        result: int = options.run(options)
    except DLCError as error:
        return _refused(error)
    except BrokenPipeError:
        # The reader of our output has left (dlc info … | head); nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE, ""
    except OSError as error:
        if not is_refusal(error):
            raise
        return _refused(DLCError(_refusal(error)))
    except KeyboardInterrupt:
        return STOPPED, ""
    return result, ""


def _refused(error: Exception) -> tuple[int, str]:
    said = _one_line(error)
    print(f"dlc: {said}", file=sys.stderr)
    return ASKED_WRONGLY, said


def _refusal(error: OSError) -> str:
    names = [str(name) for name in (error.filename2, error.filename) if name is not None]
    path = Path(names[0]) if names else None
    if path is not None and path.suffix == ".tmp":  # .NAME.PID-THREAD.tmp is NAME's
        path = path.with_name(path.name[1:].rsplit(".", 2)[0])
    return refused(path or "what was asked for", error, act="read or write")


def _one_line(error: BaseException) -> str:
    return clipped(" ".join(str(error).split()))
