"""`dlc update`: score what is new in the data of a run, without starting over."""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path
from typing import Any

from dlc_core.cli import output
from dlc_core.cli.ctrl_c import Stop
from dlc_core.cli.parser_options import Commands, command
from dlc_core.cli.resume_consent import add_yes, require_begun_here
from dlc_core.cli.terminal_progress import TerminalReport
from dlc_core.errors import DLCError
from dlc_core.plurals import counted


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "update",
        help="score the images that came since a run was scored, by its masks and centroids",
        example="dlc update runs/photos --out runs/photos-2",
        run=run,
    )
    add = parser.add_argument
    add("source", metavar="RUN", help="a finished run; it stays as it is")
    add("--out", required=True, metavar="RUN", help="the run of all images to write")
    add("--weights", metavar="FILE", help="where the backbone's weights file is now")
    add("--resume", action="store_true", help="go on with an interrupted update")
    add_yes(parser)
    output.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """List the data again, score what is new, join both; print what was written."""
    from dlc_core.datasets import read_dataset
    from dlc_core.datasets.reopen import asked_again
    from dlc_core.export.destination import require_outside_runs
    from dlc_core.pipeline import projected, update_run
    from dlc_core.runs import Run
    from dlc_core.runs.begun_here import begun_here
    from dlc_core.training.from_run import backbone_of_run

    stop = Stop().listen()
    warnings.filterwarnings("ignore", module="PIL")
    base = Run.open(options.source)
    if options.resume:
        require_begun_here(Path(options.out).expanduser().absolute(), yes=options.yes)
    text, asked = _source(base)
    require_outside_runs(Path(options.out).expanduser().absolute().parent)
    with TerminalReport(stop, job=options.job) as report:
        dataset = read_dataset(text, asked_again(asked, ours=begun_here(base.path, base.info)))
        backbone = backbone_of_run(base, weights=options.weights, yes=options.yes)
        made = update_run(
            base, dataset, backbone, out=options.out, resume=options.resume, report=report
        )
        made = projected(made, seed=int(base.info["masking"]["seed"]), report=report)
    taken = _decisions(base, made)
    added, counts = made.info["added"], made.info["counts"]
    print(
        f"dlc: added {counted(added['samples'], 'sample')} to the {len(base.samples):,} of "
        f"{base.name}; run: {made.path}",
        file=sys.stderr,
    )
    print(
        f"dlc: they would have moved no centroid by more than {added['shift']:g} of its standard "
        f"errors; faults: {counts['faults']:,}; decisions taken over: {counted(taken, 'sample')}.",
        file=sys.stderr,
    )
    output.conclude(
        options, run=str(made.path), added=added["samples"], counts=counts, decisions=taken
    )
    return 0


def _decisions(base: Any, made: Any) -> int:
    """Take over what people decided of the old samples, unless the new run has decisions."""
    from dlc_core.cli.decisions import standing
    from dlc_core.decisions import read_log
    from dlc_core.decisions.importing import offered, take_over

    log = read_log(base.path)
    if not log.events or read_log(made.path).events:
        return 0
    found = offered(made, standing(base, log)[0])
    take_over(made, found)
    return len(found.said)


def _source(base: Any) -> tuple[str, dict[str, Any]]:
    """Return what the run's dataset was read from, and how."""
    known, request = base.info["dataset"], base.info.get("request") or {}
    text = known.get("source") or request.get("dataset")
    if not text:
        raise DLCError(f"{base.name} was begun from Python; its data cannot be listed again.")
    return str(text), {**known.get("asked", {}), "split": known["split"]}
