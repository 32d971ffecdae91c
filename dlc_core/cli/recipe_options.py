"""The options that say a recipe, for the commands that choose a subset."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from dlc_core.cli.parser_options import described
from dlc_core.errors import DLCError
from dlc_core.selection.class_shares import BALANCES, SCOPES
from dlc_core.selection.parameters import AUTO, SHORTHAND, parsed_settings
from dlc_core.selection.strategies.registry import DEFAULT, strategies, strategy

if TYPE_CHECKING:
    from dlc_core.runs import Run

GROUP_COLUMN = "\0"  # --whole-groups without a name; no column has this one

# Option -> the recipe's field; an option that was not given has the recipe's own default.
_FIELDS = {
    "strategy": "strategy",
    "keep": "keep_ratio",
    "gamma": "gamma",
    "seed": "seed",
    "scope": "scope",
    "balance": "balance",
    "minimum": "minimum",
    "without_copies": "without_copies",
    "whole_groups": "whole_groups",
    "score": "score",
}


def add_recipe_options(parser: Any, *, keep: str, auto: bool = False) -> None:
    """Add an option for each value of a recipe.

    Args:
        parser: of the command.
        keep: what to say of --keep left out.
        auto: whether strategy and gamma may be "auto".
    """
    add = parser.add_argument
    add("--keep", type=float, metavar="F", help=f"keep_ratio, in (0, 1]{keep}")
    chosen = add("--strategy", metavar="NAME")
    split = add("--gamma", type=_number_or_auto if auto else float, metavar="F")
    others = add("--set", action="append", metavar="NAME=VALUE")

    def fill() -> None:
        known = strategies()
        choices = described({name: item.description for name, item in known.items()})
        automatic = "; auto: the best of several on held-out parts of this run" if auto else ""
        chosen.help = _plain(f"{choices}{automatic} ({DEFAULT})")
        with_split = [
            name
            for name, item in known.items()
            if any(one.name == SHORTHAND for one in item.parameters)
        ]
        choice = ", or auto: the best on held-out parts of this run" if auto else ""
        split.help = f"the split of {' and '.join(with_split)}, in [0, 1]{choice} (0.5)"
        said = {
            f"{name} {one.name}": f"{one.title.lower()}, {one.low:g} to {one.high:g} "
            f"({one.default:g})"
            for name, item in known.items()
            for one in item.parameters
            if one.name != SHORTHAND
        }
        others.help = _plain(f"a parameter of the strategy; repeat. {described(said)}")

    parser.when_helped(fill)
    add("--seed", type=int, metavar="N", help="of the draw (0)")
    add("--scope", choices=tuple(SCOPES), help=f"{described(SCOPES)} (class)")
    add("--balance", choices=tuple(BALANCES), help=f"{described(BALANCES)} (data)")
    add("--minimum", type=int, metavar="N", help="of each class, before all others (0)")
    add("--class-count", action="append", metavar="NAME=N", help="own number of one class; repeat")
    add("--without-copies", action="store_true", default=None, help="copies but one go first")
    add(
        "--whole-groups", nargs="?", const=GROUP_COLUMN, metavar="COLUMN",
        help="keep all samples of a group (a patient, a product) or none; without COLUMN, by the "
        "group column that the run was scored with",
    )  # fmt: skip
    add("--score", metavar="NAME", help="one of those that dlc scores RUN lists (score)")


def recipe_values(options: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of a recipe that were given.

    Raises:
        DLCError: if a class count is not NAME=N, or a parameter not NAME=VALUE of the strategy.
    """
    given = {field: getattr(options, option) for option, field in _FIELDS.items()}
    values = {field: value for field, value in given.items() if value is not None}
    if options.class_count:
        values["class_counts"] = dict(map(_counted, options.class_count))
        values.setdefault("balance", "own")
    if options.set:
        values |= _settings(values, options.set)
    return values


def _settings(values: dict[str, Any], texts: list[str]) -> dict[str, Any]:
    name = str(values.get("strategy", DEFAULT))
    if name == AUTO:
        raise DLCError("auto chooses strategy and parameters itself; leave --set out.")
    found: dict[str, Any] = dict(parsed_settings(strategy(name).parameters, texts, owner=name))
    split = {SHORTHAND: found.pop(SHORTHAND)} if SHORTHAND in found else {}
    if split and SHORTHAND in values:
        raise DLCError("gamma was given twice, by --gamma and by --set; give it once.")
    return split | ({"parameters": found} if found else {})


def of_run(values: dict[str, Any], run: Run) -> dict[str, Any]:
    """Return a recipe's values with the run's own column for --whole-groups without a name.

    Raises:
        DLCError: if the run was scored without one.
    """
    from dlc_core.runs.group_column import group_column_of

    if values.get("whole_groups") != GROUP_COLUMN:
        return values
    column = group_column_of(run)
    if column is None:
        raise DLCError(
            f"{run.path} was scored without --group-column; name a column of its data: "
            "--whole-groups COLUMN."
        )
    return {**values, "whole_groups": column}


def _plain(text: str) -> str:
    """Return a help text in which a per cent sign is one, whatever a plug-in writes."""
    return text.replace("%", "%%")


def _counted(text: str) -> tuple[str, int]:
    name, _, count = text.rpartition("=")
    if not name or not count.isdecimal():
        raise DLCError(f"--class-count must be NAME=N with a whole number N, got {text!r}.")
    return name, int(count)


def _number_or_auto(text: str) -> float | str:
    return text if text == AUTO else float(text)
