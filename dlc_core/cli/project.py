"""`dlc project`: the map of a run, anew with other settings."""

from __future__ import annotations

import argparse
import sys

from dlc_core.cli import output
from dlc_core.cli.ctrl_c import Stop
from dlc_core.cli.parser_options import Commands, command, described
from dlc_core.cli.terminal_progress import TerminalReport
from dlc_core.plurals import counted
from dlc_core.projection.settings import METHODS, ProjectionSettings

_DEFAULT = ProjectionSettings()


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "project",
        help="compute the map of a run anew; the old one stays until it is done",
        example="dlc project runs/photos --neighbours 30 --min-distance 0.1",
        run=run,
    )
    add = parser.add_argument
    add("source", metavar="RUN", help="a finished run")
    methods = f"{described(METHODS)} ({_DEFAULT.method})"
    add("--method", choices=tuple(METHODS), default=_DEFAULT.method, help=methods)
    neighbours = f"more show the whole, fewer show detail ({_DEFAULT.neighbours})"
    add("--neighbours", type=int, default=_DEFAULT.neighbours, metavar="N", help=neighbours)
    distance = f"how tightly points may lie, in [0, 1] ({_DEFAULT.min_distance})"
    add("--min-distance", type=float, default=_DEFAULT.min_distance, metavar="F", help=distance)
    add("--seed", type=int, default=_DEFAULT.seed, metavar="N", help="of the layout (0)")
    output.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Project and say what was made."""
    from dlc_core.projection import project_run
    from dlc_core.runs import Run

    stop = Stop().listen()
    settings = ProjectionSettings(
        options.method, options.neighbours, options.min_distance, options.seed
    )
    scored = Run.open(options.source, unfinished=True)
    try:
        with TerminalReport(stop, job=options.job) as report:
            made = project_run(scored, settings=settings, report=report, again=True)
    except KeyboardInterrupt:
        print("dlc: stopped; the map is as it was.", file=sys.stderr)
        raise
    record, count = made.info["projection"], made.info["counts"]["samples"]
    words = [f"map of {counted(count, 'sample')} by {record['engine']}"]
    if record["method"] == "umap":
        words.append(
            f"{counted(record['neighbours'], 'neighbour')}, min distance {record['min_distance']}"
        )
        words.append(f"seed {record['seed']}, fitted on {record['fitted']:,}")
    elif settings.method != "pca":
        words.append("too few or equal samples for UMAP")
    print(f"dlc: {'; '.join(words)}: {made.path}", file=sys.stderr)
    output.conclude(options, run=str(made.path), samples=count, projection=record)
    return 0
