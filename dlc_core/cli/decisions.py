"""`dlc decisions`: what people decided of single samples, and what became of each act."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dlc_core.cli.info import plain
from dlc_core.cli.parser_options import Commands, command
from dlc_core.plurals import counted

if TYPE_CHECKING:
    from dlc_core.decisions import Log
    from dlc_core.runs import Run

_NEWEST = 20  # acts told one by one; --json has all of them


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "decisions",
        help="list what was pinned, excluded, relabelled and noted in a run",
        example="dlc decisions runs/photos",
        run=run,
    )
    parser.add_argument("source", metavar="RUN", help="a run directory made by dlc score")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    words = "take over what --json printed of another run, or the decisions of a recipe, by path"
    parser.add_argument("--import", dest="taken", metavar="FILE", help=words)
    words = "go on without damaged lines: they move to decisions.damaged.jsonl in the run"
    parser.add_argument("--repair", action="store_true", help=words)


def run(options: argparse.Namespace) -> int:
    """Print the decisions that stand, and a summary of the acts behind them."""
    from dlc_core.decisions import history, read_log, repair
    from dlc_core.runs import Run

    scored = Run.open(options.source)
    if options.repair:
        count = repair(scored.path)
        print(f"dlc: damaged lines taken out: {count:,}.", file=sys.stderr)
    if options.taken:
        _take(scored, options.taken)
    log = read_log(scored.path)
    decisions, elsewhere = standing(scored, log)
    rows = history(log)
    if options.json:
        value = {
            "run": str(scored.path),
            "decisions": decisions,
            "history": [asdict(row) for row in rows],
            "unknown_samples": elsewhere,
            "unreadable_lines": log.unreadable,
        }
        print(json.dumps(value))
        return 0
    for decision in decisions:
        print(f"{decision['id']}\t{plain(decision['path'])}\t{plain(in_words(decision))}")
    for row in rows[:_NEWEST]:
        left = f", {row.standing:,} of {row.n:,} stand" if row.status == "partly overridden" else ""
        print(f"dlc: {row.time} {plain(row.what)}: {row.status}{left}", file=sys.stderr)
    kinds = Counter(row.status for row in rows)
    acts = ", ".join(f"{status}: {count:,}" for status, count in kinds.items()) or "none yet"
    print(f"dlc: samples decided: {len(decisions):,}; acts: {acts}.", file=sys.stderr)
    if elsewhere:
        print(f"dlc: decided samples that are not in this run: {elsewhere:,}.", file=sys.stderr)
    if log.unreadable:
        print(f"dlc: lines that could not be read: {log.unreadable:,}.", file=sys.stderr)
    return 0


def _take(run: Run, file: str) -> None:
    from dlc_core.decisions import import_decisions

    found = import_decisions(run, file)
    print(f"dlc: decided on {counted(found.samples, 'sample')} as {file} says.", file=sys.stderr)
    if found.unknown:
        print(f"dlc: its samples that are not in this run: {found.unknown:,}.", file=sys.stderr)


def standing(run: Run, log: Log) -> tuple[list[dict[str, Any]], int]:
    """Return (a dict for each decided sample in ascending id, decided samples the run lacks)."""
    from dlc_core.decisions.event import VERDICTS
    from dlc_core.decisions.history import touched

    ids = run.samples["id"].to_numpy()
    paths = run.samples["path"]
    decided = log.state(ids)
    names = {code: name for name, code in VERDICTS.items()}
    found = []
    for row in decided.decided.nonzero()[0].tolist():
        identity = int(ids[row])
        decision = {
            "id": identity,
            "path": paths[row],
            "verdict": names.get(int(decided.verdict[row])),
            "relabel": decided.relabelled.get(identity),
            "note": decided.notes.get(identity),
        }
        found.append(decision)
    everywhere = log.state(touched(log.events)).counts["decided"]
    return found, everywhere - len(found)


def in_words(decision: dict[str, Any]) -> str:
    """Return what stands for one sample, such as "exclude, relabel as dog, note: blurred"."""
    parts = [decision["verdict"] or ""]
    if decision["relabel"] is not None:
        parts.append(f"relabel as {decision['relabel']}")
    if decision["note"] is not None:
        parts.append(f"note: {decision['note']}")
    return ", ".join(part for part in parts if part)
