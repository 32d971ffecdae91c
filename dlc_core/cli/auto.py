"""`dlc auto`: which split, or which strategy, does best on this run's own data."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from dlc_core.cli import output
from dlc_core.cli.ctrl_c import Stop
from dlc_core.cli.parser_options import Commands, command, say_cautions
from dlc_core.cli.terminal_progress import TerminalReport
from dlc_core.errors import DLCError, refused

if TYPE_CHECKING:
    from dlc_core.evidence import Choice
    from dlc_core.runs import Run


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "auto",
        help="choose the split (gamma), or the strategy, that does best on held-out parts of a run",
        example="dlc auto runs/photos --keep 0.1",
        run=run,
    )
    add = parser.add_argument
    add("source", metavar="RUN", help="a run directory made by dlc score")
    add("--keep", type=float, required=True, metavar="F", help="keep_ratio, in (0, 1]")
    add(
        "--strategy", default="flexrand:auto", metavar="A",
        help="flexrand:auto, trimmed:auto@probe, …; auto = the best of several (flexrand:auto)",
    )  # fmt: skip
    add("--seed", type=int, default=0, metavar="N", help="of splits and draws (0)")
    add("--ignore-decisions", action="store_true", help="as if nothing was decided")
    add("--json", action="store_true", help="print one JSON object as last line")


def run(options: argparse.Namespace) -> int:
    """Choose, remember and tell."""
    from dlc_core.evidence.stored_choice import as_dict, words
    from dlc_core.runs import Run

    stop = Stop().listen()
    scored = Run.open(options.source)
    say_cautions(scored)
    choice = chosen(
        scored, options.strategy, keep_ratio=options.keep, seed=options.seed,
        decisions=not options.ignore_decisions, stop=stop, job=options.job,
    )  # fmt: skip
    for one in choice.tried:
        print(f"{one.arm.name:<24}{100 * one.gap:+7.1f}  +- {100 * one.error:.1f}")
    print(words(choice, options.keep))
    output.conclude(options, **as_dict(choice), keep_ratio=options.keep)
    return 0


def chosen(
    scored: Run,
    strategy: str,
    *,
    keep_ratio: float,
    seed: int,
    decisions: bool,
    stop: Stop,
    job: Path | None,
) -> Choice:
    """Choose with progress; quick if it was chosen before.

    Raises:
        DLCError: if the strategy leaves nothing to choose, or keep_ratio is out of range.
    """
    from dlc_core.evidence import choose_for, material_of, parse_arm
    from dlc_core.records.progress import Meter
    from dlc_core.selection.candidates import check_keep_ratio

    check_keep_ratio(keep_ratio)
    arm = parse_arm(strategy)
    scored.require("features.npy")
    material = material_of(scored, decisions=decisions)
    try:
        with TerminalReport(stop, job=job) as report:
            meter = Meter(report)
            return choose_for(
                scored, material, arm, keep_ratio=keep_ratio, seed=seed,
                told=lambda done, total: meter("measuring", done, total, unit="rounds"),
            )  # fmt: skip
    except OSError as error:
        raise DLCError(refused(scored.path, error)) from error
