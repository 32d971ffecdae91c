"""`dlc evidence`: would subsets of a run train as well as random ones? Measured."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dlc_core.cli import output
from dlc_core.cli.ctrl_c import Stop
from dlc_core.cli.evidence_estimate import estimated
from dlc_core.cli.evidence_findings import as_record, asked_for, encoded, tell
from dlc_core.cli.evidence_method import add_method_options, method_of
from dlc_core.cli.parser_options import Commands, command, say_cautions
from dlc_core.cli.terminal_progress import TerminalReport
from dlc_core.errors import DLCError
from dlc_core.plurals import counted

if TYPE_CHECKING:
    from dlc_core.runs import Run

_KEEP = "0.05,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.9"
_ARMS = "flexrand:0.2,flexrand:0.8,hardest"


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "evidence",
        help="measure whether subsets of a run train as well as random ones of the same size",
        example="dlc evidence runs/photos --keep 0.1,0.3 --strategies flexrand:auto,auto "
        "--out evidence.json",
        run=run,
    )
    add = parser.add_argument
    add("source", metavar="RUN", help="a run directory made by dlc score")
    add("--keep", default=_KEEP, metavar="F,F,…", help=f"shares of the run ({_KEEP})")
    add(
        "--strategies", default=_ARMS, metavar="A,A,…",
        help="name[:settings][@score], such as flexrand:0.2, flexrand:auto, "
        "ccs:cut=0.2+bins=20@probe; auto = the best of several; random is always among them "
        f"({_ARMS})",
    )  # fmt: skip
    add("--seeds", type=int, default=10, metavar="N", help="splits and draws (10)")
    add("--no-full", action="store_true", help="leave out the full data, which takes longest")
    add("--held-out", metavar="RUN", help="a run of held-out samples, same backbone")
    add(
        "--share", type=float, default=0.3, metavar="F",
        help="of each class that is held out, another part for each seed, without --held-out (0.3)",
    )  # fmt: skip
    add_method_options(parser)
    add("--groups", metavar="FILE", help="a table: path or id, and what must not be on both sides")
    add(
        "--group-column", metavar="NAME",
        help="its column of groups (group); without --groups a column of the data (the "
        "one that the run was scored with)",
    )  # fmt: skip
    add("--no-groups", action="store_true", help="do not go by the groups that were scored with")
    add("--ignore-decisions", action="store_true", help="as if nothing was decided")
    words = "say about how long it would take; nothing is measured or written"
    add("--estimate", action="store_true", help=words)
    output.add_out(parser, metavar="FILE", help="where the findings go; ends in .json or .csv")
    output.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Measure what is not measured yet, tell what was found."""
    from dlc_core.evidence import (
        Trial,
        findings,
        folder_of,
        material_of,
        measured,
        open_record,
        room_of,
        settings_of,
    )
    from dlc_core.evidence.store import CELLS_FILE
    from dlc_core.records.progress import Meter, Step, save_step
    from dlc_core.runs import Run
    from dlc_core.scores import OWN, PROBE, score_names, scores_of

    stop = Stop().listen()
    if options.estimate and options.out is not None:
        raise DLCError("got --estimate, which measures nothing, and --out; expected one of them.")
    out = _checked(options.out)
    scored = Run.open(options.source)
    say_cautions(scored)
    if out is not None:
        output.check_out(options, scored)
    names = tuple(dict.fromkeys([*score_names(scored), PROBE]))
    ratios = _numbers(options.keep)
    trial = Trial.of(
        _listed(options.strategies), ratios, options.seeds, scores=names, full=not options.no_full
    )
    others = {arm.score for arm in trial.arms} - {OWN, PROBE}
    held = None if options.held_out is None else Run.open(options.held_out)
    groups, group_column = _groups(options, scored)
    for measured_on in filter(None, (scored, held)):
        measured_on.require("features.npy")
    material = material_of(
        scored, held=held, share=options.share, groups=groups, group_column=group_column,
        scores={name: scores_of(scored, name) for name in sorted(others)},
        decisions=not options.ignore_decisions,
    )  # fmt: skip
    _warn_of_missed([scored.classes[class_id] for class_id in material.unjudged(trial.seeds)])
    room = room_of(material, trial.seeds)
    trial = trial.within(room)
    if said := trial.left_out_words(room):
        print(f"dlc: {said}", file=sys.stderr)
    method, make = method_of(options, scored, held, stop)
    settings = settings_of(scored, material, held=held, method=method)
    if options.estimate:
        folder, probe = folder_of(scored.path, settings), options.method == "probe"
        output.conclude(options, **estimated(scored, trial, room, folder, probe=probe))
        return 0
    with (
        open_record(scored.path, settings) as (folder, writer),
        TerminalReport(stop, job=options.job) as report,
    ):
        if lines := writer.record.damaged:
            print(
                f"dlc: caution: {counted(len(lines), 'line')} of {folder / CELLS_FILE} (the first: "
                f"{lines[0]:,}) was not what was written; it is measured again.",
                file=sys.stderr,
            )

        def saved(step: Step) -> None:
            save_step(folder, step)
            report(step)

        meter = Meter(saved)
        writer.room(room)
        learner = make(folder, saved)
        for seed in range(trial.seeds):
            writer.split(seed, material.held_places(seed), material.judged)
        for cell in measured(
            material, trial, done=frozenset(writer.record.cells), learner=learner,
            told=lambda done, total, detail: meter(
                "measuring", done, total, unit="comparisons", detail=detail
            ),
        ):  # fmt: skip
            writer.cell(cell)
        found = asked_for(findings(writer.record), trial)
    tell(found, room)
    value = as_record(scored, writer.record, found, folder)
    if out is not None:
        output.deliver(encoded(out, value), options, scored)
        print(f"dlc: wrote {out}", file=sys.stderr)
    output.conclude(options, **value)
    return 0


def _warn_of_missed(classes: list[str]) -> None:
    """Say which classes no seed holds out: those of one sample, or of one group."""
    if not classes:
        return
    several = len(classes) > 1
    what = f"{counted(len(classes), 'class')} {'are' if several else 'is'}"
    some = ", ".join(classes[:5]) + (", …" if len(classes) > 5 else "")
    of_what = "them" if several else "it"
    print(f"dlc: {what} never held out, so no accuracy is of {of_what}: {some}.", file=sys.stderr)


def _checked(out: str | None) -> Path | None:
    if out is None:
        return None
    path = Path(out).expanduser()
    if path.suffix not in (".json", ".csv"):
        raise DLCError(f"--out must end in .json or .csv, got {path.name!r}.")
    if not path.parent.is_dir():
        raise DLCError(f"no such folder: {path.parent}; make it, or choose another --out.")
    return path


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in _listed(text))
    except ValueError as error:
        raise DLCError(f"--keep must be numbers with commas between, got {text!r}.") from error


def _groups(options: argparse.Namespace, scored: Run) -> tuple[tuple[str, ...] | None, str | None]:
    """Return the groups of a file, or the column of the run's data that names them."""
    from dlc_core.export import read_groups
    from dlc_core.runs.group_column import group_column_of

    column: str | None = options.group_column
    if options.groups is not None:
        return read_groups(options.groups, scored, column=column or "group"), None
    if options.no_groups:
        column = ""
    elif column is None and options.held_out is None:
        column = group_column_of(scored)
    elif column == "none" and column not in scored.columns:
        column = None
    if not column:
        return None, None if options.held_out else ""
    print(
        f"dlc: samples of one {column} are never on both sides (--no-groups parts them).",
        file=sys.stderr,
    )
    return None, column
