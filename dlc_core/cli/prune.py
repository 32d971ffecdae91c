"""`dlc prune`: a run and a recipe to a subset file."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlc_core.cli import output
from dlc_core.cli.auto_recipe import chosen_by_evidence, is_auto
from dlc_core.cli.parser_options import Commands, command, say_cautions
from dlc_core.cli.recipe_options import add_recipe_options, of_run, recipe_values
from dlc_core.errors import DLCError, refused
from dlc_core.plurals import counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlc_core.recipes import Subset
    from dlc_core.runs import Run
    from dlc_core.selection.candidates import Candidates


@dataclass(frozen=True)
class _Found:
    """What is kept of which run, chosen among which candidates, under which decided labels."""

    run: Run
    subset: Subset
    samples: Candidates
    relabelled: dict[int, str] | None  # None = those that stand


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
    add_recipe_options(parser, keep="; needed without --recipe", auto=True)
    add("--scores", metavar="FILE", help="a table with id or path and scores of your own")
    add("--score-column", metavar="NAME", help="its column of scores; higher = harder")
    add(
        "--ignore-decisions",
        action="store_true",
        help="as if nothing was pinned, excluded or relabelled",
    )
    add("--recipe", metavar="FILE", help="rebuild the subset of a recipe file; no other choice")
    add("--save-recipe", metavar="FILE", help="write what rebuilds the subset, as JSON")
    add(
        "--save-order",
        metavar="FILE",
        help="of a strategy that looks at features: write the turn of each sample in its class, "
        "as .npz, which is what takes long; with it, --out may be left out",
    )
    output.add_out(parser, metavar="FILE", help="ends in .csv, .parquet, .json, …; - prints CSV")
    output.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Choose and write."""
    from pathlib import Path

    from dlc_core.atomic_files import write_json
    from dlc_core.export import check_destination, encode_subset, format_of
    from dlc_core.recipes import recipe_record
    from dlc_core.runs import Run

    if options.save_order:
        _save_order(options)
        if options.out is None:
            return 0
    if options.out is None:
        raise DLCError("the subset's file is missing; expected --out FILE.")
    format_name = "csv" if options.out == output.STDOUT else format_of(options.out)
    source = Run.open(options.source)
    output.check_out(options, source)
    if options.save_recipe:
        check_destination(
            options.save_recipe, runs=[source], overwrite=options.overwrite, option="--save-recipe"
        )
    found = _rebuilt(options) if options.recipe else _chosen(options)
    scored, subset, samples = found.run, found.subset, found.samples
    data = encode_subset(
        scored, subset, format_name, decisions=found.relabelled is None, relabelled=found.relabelled
    )
    output.deliver(data, options, scored)
    print(f"dlc: kept {len(subset):,} of {subset.total:,}: {options.out}", file=sys.stderr)
    if options.save_recipe:
        file = Path(options.save_recipe).expanduser()
        try:
            record = recipe_record(scored, samples, subset, relabelled=found.relabelled)
            write_json(file, record)
        except OSError as error:
            raise DLCError(refused(file, error)) from error
    present = len(set(samples.rows.tolist()))
    empty = present - len(set(samples.rows[subset.positions].tolist()))
    if empty:
        of, keep = counted(present, "class"), "keeps" if empty == 1 else "keep"
        print(f"dlc: {empty:,} of {of} {keep} none.", file=sys.stderr)
    output.conclude(
        options, run=str(scored.path), out=options.out, kept=len(subset), total=subset.total,
        recipe=subset.recipe.as_dict(),
    )  # fmt: skip
    return 0


def _chosen(options: argparse.Namespace) -> _Found:
    from dlc_core.apportion import budget
    from dlc_core.recipes import Recipe, run_candidates, subset_of
    from dlc_core.recipes.subset import require_features
    from dlc_core.runs import Run

    if options.keep is None:
        raise DLCError("how much to keep is missing; expected --keep F, or --recipe FILE.")
    values = recipe_values(options)
    scored = Run.open(options.source)
    values = of_run(values, scored)
    say_cautions(scored)
    if is_auto(values):
        values = chosen_by_evidence(options, scored, values)
    recipe = Recipe.of(values)
    samples = run_candidates(
        scored,
        decisions=not options.ignore_decisions,
        scores=_scores(options, scored, recipe.score),
    )
    require_features(scored, recipe)
    subset = subset_of(scored, samples, recipe)
    if subset.pinned or subset.excluded:
        pins, exclusions = counted(subset.pinned, "pin"), counted(subset.excluded, "exclusion")
        print(f"dlc: honouring {pins} and {exclusions}.", file=sys.stderr)
    if subset.copies:
        print(f"dlc: {counted(subset.copies, 'copy')} went first.", file=sys.stderr)
    asked = budget(recipe.keep_ratio, samples.eligible)
    if recipe.whole_groups and len(subset) < asked:
        print(f"dlc: whole groups that fit into {counted(asked, 'sample')}.", file=sys.stderr)
    if subset.pinned == len(subset) > asked:
        print(
            f"dlc: kept all {counted(len(subset), 'pin')}, though {counted(asked, 'sample')} were "
            "asked for.",
            file=sys.stderr,
        )
    return _Found(scored, subset, samples, {} if options.ignore_decisions else None)


def _scores(options: argparse.Namespace, scored: Run, name: str) -> NDArray[np.float64]:
    from dlc_core.scores import scores_of

    if options.scores is not None and options.score is not None:
        raise DLCError("got --score and --scores; expected one of them: leave the other out.")
    given = _own_scores(options, scored)
    return scores_of(scored, name) if given is None else given


def _save_order(options: argparse.Namespace) -> None:
    from pathlib import Path

    from dlc_core.export import check_destination
    from dlc_core.recipes import Recipe, run_candidates
    from dlc_core.recipes.order_file import order_of, write_order
    from dlc_core.runs import Run

    if options.recipe or options.keep is None:
        raise DLCError("--save-order needs --keep F and a strategy, not a recipe file.")
    file = Path(options.save_order).expanduser()
    scored = Run.open(options.source)
    check_destination(file, runs=[scored], overwrite=True, option="--save-order")
    if file.suffix != ".npz" or not file.parent.is_dir():
        raise DLCError(f"--save-order must name a .npz in a folder that is there, got {file}.")
    recipe = Recipe.of(of_run(recipe_values(options), scored))
    samples = run_candidates(
        scored,
        decisions=not options.ignore_decisions,
        scores=_scores(options, scored, recipe.score),
    )
    order = order_of(scored, samples, recipe)
    write_order(file, order)
    print(f"dlc: saved the order of choice: {file}", file=sys.stderr)


def _own_scores(options: argparse.Namespace, scored: Run) -> NDArray[np.float64] | None:
    from dlc_core.export import read_scores

    if options.scores is None:
        if options.score_column is not None:
            raise DLCError("--score-column names a column of a file; expected --scores FILE, too.")
        return None
    return read_scores(options.scores, scored, column=options.score_column)


def _rebuilt(options: argparse.Namespace) -> _Found:
    from dlc_core.recipes import read_record, rebuild
    from dlc_core.runs import Run

    if recipe_values(options) or options.ignore_decisions:
        raise DLCError("--recipe says everything; leave out --keep and the other choices.")
    record = read_record(options.recipe)
    scored = Run.open(options.source)
    say_cautions(scored)
    found = rebuild(scored, record, scores=_own_scores(options, scored))
    for words in found.differences:
        print(f"dlc: {words}", file=sys.stderr)
    if not found.same:
        raise DLCError(
            f"this run does not give the recipe's subset of {record['subset'].get('kept')} "
            "samples; nothing was written. Use the run that it was made from."
        )
    print("dlc: this is the identical subset.", file=sys.stderr)
    return _Found(scored, found.subset, found.samples, found.relabelled)
