"""`dlc compare`: how far two runs of the same data agree."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlc_core.cli import output
from dlc_core.cli.info import plain
from dlc_core.cli.parser_options import Commands, command, say_cautions
from dlc_core.errors import DLCError
from dlc_core.plurals import counted

if TYPE_CHECKING:
    import pandas as pd

    from dlc_core.analysis.compare_runs import Comparison
    from dlc_core.runs import Run

_SHOWN = 10


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "compare",
        help="say how far two runs of the same data agree on what is hard",
        example="dlc compare runs/resnet18 runs/mobilenet --out both.csv",
        run=run,
    )
    add = parser.add_argument
    add("first", metavar="RUN_A", help="a run directory made by dlc score")
    add("second", metavar="RUN_B", help="another one, of the same data")
    output.add_out(parser, metavar="FILE.csv", help="write all common samples to a table")
    output.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Compare, print, and write if asked."""
    from dlc_core.analysis.compare_runs import compare_runs
    from dlc_core.runs import Run

    if options.out not in (None, output.STDOUT) and Path(options.out).suffix.lower() != ".csv":
        raise DLCError(f"--out must end in .csv, got {options.out}.")
    runs = [Run.open(path) for path in (options.first, options.second)]
    for opened in runs:
        say_cautions(opened)
    if options.out:
        output.check_out(options, *runs)
    found = compare_runs(*runs)
    if options.out:
        table = common_samples(runs[0], runs[1], found)
        output.deliver(table.to_csv(index=False).encode(), options, *runs)
        print(f"dlc: {counted(len(table), 'common sample')}: {options.out}", file=sys.stderr)
        if options.out == output.STDOUT:
            return 0
    strongest = common_samples(runs[0], runs[1], found, most=_SHOWN)
    _say(runs, found, strongest)
    output.conclude(options, **_as_record(runs, found, strongest))
    return 0


def common_samples(
    first: Run, second: Run, found: Comparison, *, most: int | None = None
) -> pd.DataFrame:
    """Return the common samples, one row each: all in row order, or those that disagree most."""
    import pandas as pd

    picked = slice(None) if most is None else found.strongest(most)
    samples = first.samples.iloc[found.rows_first[picked]]
    others = second.samples["score"].to_numpy()[found.rows_second[picked]]
    return pd.DataFrame(
        {
            "path": samples["path"].to_numpy(),
            "label": samples["label"].to_numpy(),
            "score_first": samples["score"].to_numpy(),
            "score_second": others,
            "percentile_first": found.percentile_first[picked],
            "percentile_second": found.percentile_second[picked],
            "disagreement": found.disagreement[picked],
        }
    )


def _say(runs: list[Run], found: Comparison, strongest: pd.DataFrame) -> None:
    for which, opened in zip(("first", "second"), runs, strict=True):
        info = opened.info
        words = f"{info['backbone']['name']}, {info['profile']}, {opened.path}"
        print(f"{which:<15}{plain(words)}")
    print(
        f"{'samples':<15}{len(found):,} compared; {found.only_first:,} only in the first, "
        f"{found.only_second:,} only in the second, {found.label_differs:,} left out because "
        "their labels differ"
    )
    print(
        f"{'agreement':<15}{_words(found.spearman)} (Spearman's rank correlation within classes; "
        "1 = the same order, 0 = none in common)"
    )
    overlap = found.overlap()
    print(
        f"{'hardest':<15}{100 * overlap.agreed:.0f} % of the hardest {100 * overlap.share:.0f} % "
        f"of each class are the same; {100 * overlap.chance:.0f} % would be by chance"
    )
    print("\npercentile within the class (100 = hardest), first and second; disagree most:")
    for row in strongest.itertuples(index=False):
        print(
            f"{row.percentile_first:7.1f} {row.percentile_second:7.1f}  {plain(str(row.label))}  "
            f"{plain(str(row.path))}"
        )


def _words(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "not defined: no class with two scores"


def _as_record(runs: list[Run], found: Comparison, strongest: pd.DataFrame) -> dict[str, Any]:
    overlap = found.overlap()
    return {
        "first": str(runs[0].path),
        "second": str(runs[1].path),
        "samples": len(found),
        "only_first": found.only_first,
        "only_second": found.only_second,
        "label_differs": found.label_differs,
        "spearman": found.spearman if math.isfinite(found.spearman) else None,
        "overlap": {
            "share": overlap.share,
            "agreed": round(overlap.agreed, 6),
            "chance": round(overlap.chance, 6),
        },
        "strongest": json.loads(strongest.to_json(orient="records")),
    }
