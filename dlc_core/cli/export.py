"""`dlc export`: a subset in the format that training code reads, images included if wanted."""

from __future__ import annotations

import argparse
import sys

import numpy as np
from numpy.typing import NDArray

from dlc_core.cli import output
from dlc_core.cli.ctrl_c import Stop
from dlc_core.cli.info import plain
from dlc_core.cli.parser_options import Commands, command, described, say_cautions
from dlc_core.cli.terminal_progress import TerminalReport
from dlc_core.errors import DLCError
from dlc_core.export import (
    MODES,
    PARTS,
    Content,
    Written,
    check_needs,
    check_part,
    content_of,
    export_format,
    export_formats,
    exporter,
    read_ids,
    without_excluded,
    write_export,
)
from dlc_core.plurals import counted
from dlc_core.runs import Run

_SHOWN = 20  # faults told one by one


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "export",
        help="write a subset of a run in another format, its images included if wanted",
        example="dlc export runs/photos --subset kept.csv --format imagefolder --out kept/",
        run=run,
    )
    add = parser.add_argument
    add("source", metavar="RUN", help="a run directory made by dlc score")
    add("--subset", metavar="FILE", help="a subset file made by dlc prune")
    add(
        "--where",
        metavar="EXPRESSION",
        help="what meets a filter expression (docs/filters.md), of the subset if there is one",
    )
    chosen = add("--format", required=True, metavar="NAME")

    def fill() -> None:
        formats = described({name: found.description for name, found in export_formats().items()})
        chosen.help = formats.replace("%", "%%")

    parser.when_helped(fill)
    words = "the file, or the new folder, to write; - prints what is no folder and no archive"
    output.add_out(parser, required=True, metavar="PATH", help=words)
    output.add_json(parser)
    add("--part", choices=tuple(PARTS), help=f"{described(PARTS)} (kept; fiftyone: both)")
    add("--mode", choices=tuple(MODES), default="copy", help=f"{described(MODES)} (copy)")
    add(
        "--data-root",
        nargs="+",
        default=[],
        metavar="DIR",
        help="folders beside the dataset's own that links in it may lead into",
    )
    add(
        "--ignore-decisions",
        action="store_true",
        help="as if nothing was excluded or relabelled",
    )


def run(options: argparse.Namespace) -> int:
    """Read the ids, write the export, say what is in it and what is not."""
    stop = Stop().listen()
    part = options.part or export_format(options.format).part
    check_part(options.format, part)
    scored = Run.open(options.source)
    check_needs(options.format, scored)
    say_cautions(scored)
    output.check_out(options, scored)
    content = _content(options, scored, part)
    if options.out == output.STDOUT:
        output.deliver(exporter(options.format).encode(content), options)
        return 0
    try:
        with TerminalReport(stop, job=options.job) as report:
            written = write_export(
                content,
                options.out,
                format_name=options.format,
                mode=options.mode,
                data_roots=options.data_root,
                overwrite=options.overwrite,
                report=report,
            )
    except KeyboardInterrupt:
        print(f"dlc: stopped; nothing was written to {options.out}.", file=sys.stderr)
        raise
    _say(content, written, options.out)
    output.conclude(
        options, run=str(scored.path), out=options.out, format=options.format,
        samples=written.samples, faults=[fault._asdict() for fault in written.faults],
    )  # fmt: skip
    return 0


def _content(options: argparse.Namespace, scored: Run, part: str) -> Content:
    ids = _ids(options, scored)
    decisions = not options.ignore_decisions
    if decisions:
        left = without_excluded(scored, ids)
        if len(left) < len(ids):
            print(
                f"dlc: left out {counted(len(ids) - len(left), 'sample')} of the subset, excluded "
                "by now (--ignore-decisions keeps what is).",
                file=sys.stderr,
            )
        ids = left
    given = {"subset": options.subset, "where": options.where}
    recipe = {name: str(value) for name, value in given.items() if value is not None}
    return content_of(scored, ids, recipe=recipe, part=part, decisions=decisions)


def _ids(options: argparse.Namespace, scored: Run) -> NDArray[np.int64]:
    """Return the ids of the subset file, of what meets the filter, or of both.

    Raises:
        DLCError: if neither is given, or nothing is left.
    """
    if options.where is None:
        if options.subset is None:
            raise DLCError(
                "got no samples to export; expected --subset FILE or --where EXPRESSION."
            )
        return read_ids(options.subset)
    found = scored.where(options.where)
    if options.subset is not None:
        ids = read_ids(options.subset)
        found = ids[np.isin(ids, found)]
    if not len(found):
        raise DLCError(f"no sample meets {options.where!r}; look at dlc list {scored.path}.")
    return found


def _say(content: Content, written: Written, out: str) -> None:
    table = content.table
    if "original_label" in table:
        changed = int((table["label"] != table["original_label"]).sum())
        new = table.loc[table["class_id"] < 0, "label"].unique()
        unknown = f"; the run has no class {plain(str(new[0]))!r}, its class_id is -1"
        words = unknown if len(new) else ""
        print(f"dlc: {counted(changed, 'label')} as people decided{words}.", file=sys.stderr)
    for fault in written.faults[:_SHOWN]:
        print(f"dlc: left out {plain(fault.path)}: {plain(fault.error)}", file=sys.stderr)
    count = len(written.faults)
    missing = f"; {counted(count, 'image')} could not be exported" if count else ""
    print(f"dlc: wrote {counted(written.samples, 'sample')}{missing}: {out}", file=sys.stderr)
