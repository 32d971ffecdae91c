"""`dlc export`: a subset in another format."""

from __future__ import annotations

import argparse
import sys

from dlc_core.cli.options import Commands, command, warn_of_partial


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "export",
        help="write a subset of a run in another format",
        example="dlc export runs/photos --subset kept.csv --format parquet --out kept.parquet",
        run=run,
    )
    add = parser.add_argument
    add("source", metavar="RUN", help="a run directory made by dlc score")
    add("--subset", required=True, metavar="FILE", help="a subset file made by dlc prune")
    add("--format", required=True, metavar="NAME", help="csv, parquet, json or npy")
    add("--out", required=True, metavar="PATH", help="the file to write")


def run(options: argparse.Namespace) -> int:
    """Read the ids, write the file."""
    from dlc_core.export import exporter, read_ids, subset_table, write_file
    from dlc_core.runs import Run

    encode = exporter(options.format).encode
    scored = Run.open(options.source)
    warn_of_partial(scored)
    table = subset_table(scored, read_ids(options.subset))
    write_file(options.out, encode(table, {"subset": str(options.subset)}))
    print(f"dlc: wrote {len(table):,} samples: {options.out}", file=sys.stderr)
    return 0
