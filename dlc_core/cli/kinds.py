"""`dlc kinds`: the issues of each sample of a run."""

from __future__ import annotations

import argparse
import sys

from dlc_core.cli import output
from dlc_core.cli.ctrl_c import Stop
from dlc_core.cli.parser_options import Commands, command, say_cautions
from dlc_core.cli.terminal_progress import TerminalReport
from dlc_core.errors import DLCError


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "kinds",
        help="find label errors, duplicates, leaks, outliers, ambiguous and poor images in a run",
        example="dlc kinds runs/photos",
        run=run,
    )
    parser.add_argument("source", metavar="RUN", help="a run directory made by dlc score")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of random parts (0)")
    parser.add_argument("--json", action="store_true", help="print one JSON object as last line")


def run(options: argparse.Namespace) -> int:
    """Compute, store and count."""
    from dlc_core.issues import ISSUES, find_issues, read_issues
    from dlc_core.needs import lack, offered
    from dlc_core.runs import Run

    stop = Stop().listen()
    if options.seed < 0:
        raise DLCError(f"seed must not be negative, got {options.seed}.")
    scored = Run.open(options.source)
    say_cautions(scored)
    with TerminalReport(stop, job=options.job) as report:
        find_issues(scored, seed=options.seed, report=report)
    table = read_issues(scored)
    if table is None:
        raise DLCError(f"{scored.path} was changed meanwhile; run dlc kinds again.")
    for caution in scored.info.get("warnings", ()):
        if caution.get("code") == "unknown_classes":
            print(f"dlc: caution: {caution['text']}", file=sys.stderr)
    counts = {key: int(issue.mask(table).sum()) for key, issue in offered(scored, ISSUES).items()}
    for key, count in counts.items():
        print(f"{ISSUES[key].title:<24}{count:>9,}")
    for key, issue in ISSUES.items():
        if sentence := lack(scored, f"the issue {key!r}", issue.needs):
            print(f"dlc: {sentence}", file=sys.stderr)
    output.conclude(options, run=str(scored.path), samples=len(table), kinds=counts)
    return 0
