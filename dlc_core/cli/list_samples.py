"""`dlc list`: the samples of a run that meet a filter expression, as a table."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from dlc_core.cli import output
from dlc_core.cli.parser_options import Commands, command, say_cautions
from dlc_core.errors import DLCError
from dlc_core.export import EXPORTERS, Content, content_of, exporter, format_of
from dlc_core.plurals import counted
from dlc_core.scores import OWN

if TYPE_CHECKING:
    import pandas as pd

    from dlc_core.analysis.expression_fields import Mask
    from dlc_core.analysis.run_view import View

EXAMPLE = 'issue = "label-error" and class in ("cat", "dog") and percentile > 90'
WHERE = f"a filter expression, such as '{EXAMPLE}' (docs/filters.md)"


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "list",
        help="list the samples of a run that meet a filter, such as the suspected label errors",
        example="dlc list runs/photos --where 'issue = \"label-error\" and percentile > 90' "
        "--sort percentile --descending --limit 20",
        run=run,
    )
    add = parser.add_argument
    add("source", metavar="RUN", help="a run directory made by dlc score")
    add("--where", metavar="EXPRESSION", help=f"{WHERE.replace('%', '%%')}; all samples without")
    add(
        "--sort",
        metavar="COLUMN",
        help="a column of the table, or a name of filters, lowest first (id)",
    )
    add("--descending", action="store_true", help="highest first")
    add("--limit", type=int, metavar="N", help="at most so many rows")
    add("--by", metavar="SCORE", default=OWN, help="the score that ranks are of (the run's own)")
    add(
        "--format", choices=tuple(EXPORTERS),
        help="of the table (that of the suffix of --out, else csv)",
    )  # fmt: skip
    output.add_out(parser, metavar="FILE", help="where the table goes; - prints it (-)")
    output.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Find, sort, write."""
    from dlc_core.analysis.by_score import by_score
    from dlc_core.analysis.expression_masks import mask_where
    from dlc_core.analysis.run_view import view_of
    from dlc_core.runs import Run

    if options.limit is not None and options.limit < 0:
        raise DLCError(f"--limit must be 0 or more, got {options.limit}.")
    scored = Run.open(options.source)
    say_cautions(scored)
    printed = options.out is None and not options.json
    options.out = output.STDOUT if printed else options.out
    if options.out is not None:
        output.check_out(options, scored)
    view = by_score(view_of(scored), options.by)
    mask = None if options.where is None else mask_where(view, options.where)
    table = _sorted(view, _table(view, mask), options)
    matched, table = len(table), table if options.limit is None else table.head(options.limit)
    recipe = {"where": options.where or "", "by": options.by}
    content = Content(scored, table.reset_index(drop=True), recipe)
    value: dict[str, Any] = {"run": str(scored.path), **recipe, "matched": matched}
    value |= {"listed": len(table), "explore": _address(view, options.where)}
    if options.out is None:
        from dlc_core.export.tables import rows_of

        output.conclude(options, **value, samples=rows_of(content.table))
        return 0
    to_file = options.out != output.STDOUT
    name = options.format or (format_of(options.out) if to_file else "csv")
    output.deliver(exporter(name).encode(content), options, scored)
    words = f"listed {len(table):,} of {counted(matched, 'sample')} that match"
    print(f"dlc: {words}, of {len(view):,}.", file=sys.stderr)
    output.conclude(options, **value, out=options.out)
    return 0


def _table(view: View, mask: Mask | None) -> pd.DataFrame:
    """Return the samples that match, in ascending id: their columns, issues and decisions."""
    import numpy as np
    import pandas as pd

    from dlc_core.issues import ISSUES

    rows = np.arange(len(view)) if mask is None else np.flatnonzero(mask)
    table = content_of(view.run, view.ids[rows], decisions=False).table
    ours = ["score", "rank", "class_rank", "percentile"]
    table = table.assign(**{name: view.samples[name].to_numpy()[rows] for name in ours})
    if view.issues is not None:
        each = {name: issue.mask(view.issues)[rows] for name, issue in ISSUES.items()}
        table[_free("issues", table)] = _words(each, len(rows))
    decided = view.decided()
    if decided.decided.any():
        masks = {"pin": decided.pinned, "exclude": decided.excluded}
        verdicts = _words({name: found[rows] for name, found in masks.items()}, len(rows))
        table[_free("decision", table)] = verdicts
        for name, given in (("relabel", decided.relabelled), ("note", decided.notes)):
            texts = [given.get(identity, "") for identity in view.ids[rows].tolist()]
            table[_free(name, table)] = pd.Series(texts, dtype="str")
    return table


def _free(name: str, table: pd.DataFrame) -> str:
    """Return what a column of ours is called beside those of the data's own."""
    return name if name not in table.columns else _free(f"{name} (run)", table)


def _words(masks: dict[str, Mask], count: int) -> pd.Series:
    """Return for each sample the words that hold for it, with semicolons between."""
    import numpy as np
    import pandas as pd

    found = np.full(count, "", dtype=object)
    for name, mask in masks.items():
        found[mask] = [f"{words};{name}" if words else name for words in found[mask]]
    return pd.Series(found, dtype="str")


def _sorted(view: View, table: pd.DataFrame, options: argparse.Namespace) -> pd.DataFrame:
    """Return the table sorted; a column that a filter knows and the table lacks is added."""
    from dlc_core.analysis.expression_names import column_of

    if options.sort is None:
        return table.iloc[::-1] if options.descending else table
    if options.sort not in table.columns:
        rows = view.ids.searchsorted(table["id"].to_numpy())
        table[options.sort] = column_of(view, options.sort).to_numpy()[rows]
    return table.sort_values(options.sort, ascending=not options.descending, kind="stable")


def _address(view: View, where: str | None) -> str | None:
    """Return the query of Explore's address that shows the same; None if the page cannot."""
    from urllib.parse import urlencode

    from dlc_core.analysis.expression_to_filter import filter_of
    from dlc_core.analysis.filter import to_parameters

    try:
        parameters = to_parameters(filter_of(view, where)) if where else {}
    except DLCError:
        return None
    by = {} if view.score == OWN else {"by": view.score}
    return urlencode({"run": view.run.name, **by, **parameters}, doseq=True)
