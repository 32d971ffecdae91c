"""`dlc scores`: by which scores a run's samples can be ordered; bring one, delete one."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from dlc_core.cli import output
from dlc_core.cli.parser_options import Commands, command, say_cautions
from dlc_core.errors import DLCError
from dlc_core.plurals import counted

if TYPE_CHECKING:
    from dlc_core.runs import Run


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "scores",
        help="list the scores that a run's samples can be ordered by; import or delete your own",
        example="dlc scores runs/photos --import el2n.csv --name el2n",
        run=run,
    )
    add = parser.add_argument
    add("source", metavar="RUN", help="a run directory made by dlc score")
    words = "keep the scores of a table with id or path in the run; needs --name"
    add("--import", dest="taken", metavar="FILE", help=words)
    add("--name", metavar="NAME", help="what to call them; those of the same name are replaced")
    add("--column", metavar="NAME", help="the table's column of scores; higher = harder")
    add("--make", choices=("probe",), help="compute a score that takes a while, and keep it")
    add("--delete", metavar="NAME", help="remove scores that were imported")
    add("--json", action="store_true", help="print one JSON object as last line")


def run(options: argparse.Namespace) -> int:
    """Import or delete, then list."""
    from dlc_core.runs import Run
    from dlc_core.scores import delete_scores, make_probe, score_names
    from dlc_core.scores.imported import stored_scores

    if options.taken is not None and options.delete is not None:
        raise DLCError("got --import and --delete; expected one of them: leave the other out.")
    if options.taken is None and (options.name is not None or options.column is not None):
        raise DLCError("--name and --column are of a file to import; expected --import FILE, too.")
    scored = Run.open(options.source)
    say_cautions(scored)
    if options.taken is not None:
        _take(scored, options)
    if options.make is not None:
        make_probe(scored)
        print(f"dlc: made the score {options.make}.", file=sys.stderr)
    if options.delete is not None:
        delete_scores(scored, options.delete)
        print(f"dlc: deleted the score {options.delete}.", file=sys.stderr)
    names = score_names(scored)
    for name, words in names.items():
        print(f"{name:<16}{words}")
    imported = stored_scores(scored)
    rows = [
        {"name": name, "description": words, "imported": name in imported}
        for name, words in names.items()
    ]
    output.conclude(options, run=str(scored.path), samples=len(scored.samples), scores=rows)
    return 0


def _take(scored: Run, options: argparse.Namespace) -> None:
    from dlc_core.export import read_scores
    from dlc_core.scores import import_scores

    if options.name is None:
        raise DLCError("the imported score needs a name; expected --name NAME.")
    values = read_scores(options.taken, scored, column=options.column)
    replaced = import_scores(scored, options.name, values)
    done = "replaced" if replaced else "imported"
    print(
        f"dlc: {done} the score {options.name} of {counted(len(values), 'sample')}; use it with "
        f"dlc prune --score {options.name}.",
        file=sys.stderr,
    )
