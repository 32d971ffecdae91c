"""`dlc report`: a run and a subset as one HTML file."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlc_core.cli import output
from dlc_core.cli.ctrl_c import Stop
from dlc_core.cli.parser_options import Commands, command, say_cautions
from dlc_core.cli.recipe_options import add_recipe_options, of_run, recipe_values
from dlc_core.cli.terminal_progress import TerminalReport
from dlc_core.errors import DLCError

if TYPE_CHECKING:
    from dlc_core.recipes import Subset
    from dlc_core.report import SubsetFile
    from dlc_core.runs import Run

_PATIENCE = 1.0  # seconds without a word


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "report",
        help="write a run and a subset of it as one HTML page that can be sent and printed",
        example="dlc report runs/photos --keep 0.3 --gamma 0.5 --out report.html",
        run=run,
    )
    add = parser.add_argument
    add("source", metavar="RUN", help="a run directory made by dlc score")
    add_recipe_options(parser, keep=" (0.3)")
    add("--ignore-decisions", action="store_true", help="as if nothing was pinned or excluded")
    add("--subset", metavar="FILE", help="a subset file made by dlc prune, in place of a recipe")
    output.add_out(
        parser, required=True, metavar="FILE.html", help="the file to write; - prints it"
    )
    output.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Build and write."""
    from dlc_core.records.progress import Step
    from dlc_core.report import build_report, similarity_of
    from dlc_core.runs import Run

    out = Path(options.out).expanduser()
    if options.out != output.STDOUT and out.suffix.lower() not in (".html", ".htm"):
        raise DLCError(f"--out must end in .html, got {options.out}.")
    if not out.parent.is_dir():
        raise DLCError(f"no such folder: {out.parent}; make it, or choose another --out.")
    given = recipe_values(options)
    if options.subset and (given or options.ignore_decisions):
        raise DLCError("got --subset and a recipe; expected one of them: leave the other out.")
    stop = Stop().listen()
    begun = time.monotonic()
    scored = Run.open(options.source)
    say_cautions(scored)
    output.check_out(options, scored)
    with TerminalReport(stop, job=options.job) as terminal:

        def tell(step: Step) -> None:
            stop.check()
            if time.monotonic() - begun > _PATIENCE:
                terminal(step)

        subset = _subset(scored, options, given)
        tell(Step("report", 0, 0, detail="holding the subset against random ones"))
        similarity = similarity_of(scored, subset.ids)
        text = build_report(scored, subset, similarity=similarity, report=tell)
    # A lone surrogate in a name is no text that a file could hold.
    data = text.encode("utf-8", "backslashreplace")
    output.deliver(data, options, scored)
    print(f"dlc: report of {len(data) / 1e6:.1f} MB: {options.out}", file=sys.stderr)
    output.conclude(options, run=str(scored.path), out=options.out, bytes=len(data))
    return 0


def _subset(scored: Run, options: argparse.Namespace, given: dict[str, Any]) -> Subset | SubsetFile:
    from dlc_core.recipes import select
    from dlc_core.report import subset_in_file

    if options.subset:
        return subset_in_file(scored, options.subset)
    return select(scored, **of_run(given, scored), decisions=not options.ignore_decisions)
