"""`dlc prune`: a run and a recipe to a subset file."""

from __future__ import annotations

import argparse
import sys

from dlc_core.cli.options import Commands, command, described, warn_of_partial
from dlc_core.selection.strategies import STRATEGIES


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "prune",
        help="choose a subset of a run and write it to a file",
        example="dlc prune runs/photos --keep 0.3 --gamma 0.5 --out kept.csv",
        run=run,
    )
    add = parser.add_argument
    add("source", metavar="RUN", help="a run directory made by dlc score")
    add("--keep", type=float, required=True, metavar="F", help="keep_ratio, in (0, 1]")
    strategies = described({name: item.description for name, item in STRATEGIES.items()})
    add("--strategy", default="flexrand", metavar="NAME", help=f"{strategies} (flexrand)")
    add("--gamma", type=float, default=0.5, metavar="F", help="FlexRand's split, in [0, 1] (0.5)")
    add("--seed", type=int, default=0, metavar="N", help="of the draw (0)")
    add("--ignore-decisions", action="store_true", help="as if nothing was pinned or excluded")
    add("--out", required=True, metavar="FILE", help="ends in .csv, .parquet, .json or .npy")


def run(options: argparse.Namespace) -> int:
    """Choose and write."""
    from dlc_core.apportion import budget
    from dlc_core.decisions.event import counted
    from dlc_core.export import encode_subset, format_of, write_file
    from dlc_core.runs import Run
    from dlc_core.selection import Recipe, run_candidates, subset_of

    format_name = format_of(options.out)
    recipe = Recipe(options.strategy, options.keep, options.gamma, options.seed)
    scored = Run.open(options.source)
    warn_of_partial(scored)
    candidates = run_candidates(scored, decisions=not options.ignore_decisions)
    subset = subset_of(scored, candidates, recipe)
    if subset.pinned or subset.excluded:
        pins, exclusions = counted(subset.pinned, "pin"), counted(subset.excluded, "exclusion")
        print(f"dlc: honouring {pins} and {exclusions}.", file=sys.stderr)
    asked = budget(recipe.keep_ratio, candidates.eligible)
    if len(subset) > asked:
        print(
            f"dlc: kept all {len(subset):,} pins, though {asked:,} samples were asked for.",
            file=sys.stderr,
        )
    write_file(options.out, encode_subset(scored, subset, format_name))
    print(f"dlc: kept {len(subset):,} of {subset.total:,}: {options.out}", file=sys.stderr)
    empty = len(candidates.classes) - len(set(candidates.rows[subset.positions].tolist()))
    if empty:
        print(f"dlc: {empty:,} of {len(candidates.classes):,} classes keep none.", file=sys.stderr)
    return 0
