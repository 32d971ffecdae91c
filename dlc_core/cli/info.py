"""`dlc info`: what a run holds, its faults included."""

from __future__ import annotations

import argparse

from dlc_core.cli.options import Commands, command
from dlc_core.runs import Run


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "info",
        help="say what a run holds, with every fault and its reason",
        example="dlc info runs/photos",
        run=run,
    )
    parser.add_argument("source", metavar="RUN", help="a run directory")


def run(options: argparse.Namespace) -> int:
    """Print the run."""
    scored = Run.open(options.source, unfinished=True)
    for name, value in describe(scored):
        print(f"{name:<12}{value}")
    for warning in scored.warnings:
        print(f"caution     {plain(warning)}")
    if not scored.done:
        return 0
    for part in ("samples", "losses", "features", "projection"):
        getattr(scored, part)  # a damaged file is said here, not later
    if len(scored.faults):
        print(f"\n{len(scored.faults)} faults:")
        for path, _label, error in scored.faults.itertuples(index=False):
            print(f"  {plain(path)}: {plain(error)}")
    return 0


def describe(run: Run) -> list[tuple[str, str]]:
    """Return the lines that describe a run."""
    info = run.info
    dataset, backbone, masking = info["dataset"], info["backbone"], info["masking"]
    split = f", split {dataset['split']}" if dataset["split"] else ""
    counts, timings = info["counts"], info["timings"]
    return [
        ("run", str(run.path)),
        ("status", f"{info['status']} {info.get('error', '')}".strip()),
        ("dataset", f"{dataset['name']} ({dataset['root'] or 'bundled'}{split})"),
        ("samples", f"{counts.get('samples', 0):,} in {counts.get('classes', 0):,} classes"),
        ("faults", str(counts.get("faults", 0))),
        ("backbone", f"{backbone['name']}, weights {backbone['weights']} ({backbone['digest']})"),
        (
            "masks",
            f"{masking['masks']} of a schedule of {masking.get('length', masking['masks'])}, "
            f"interval {masking['interval']} ({masking['method']}), up to "
            f"{100 * masking['mask_ratio'][-1]:.1f} % masked",
        ),
        ("profile", f"{info['profile']}, {info['precision']} on {info['device']}"),
        ("scores", run.partial or ("rest on all masks" if run.scored else "none yet")),
        ("seconds", str(timings.get("seconds", "-"))),
        ("created", str(info.get("created", ""))),
    ]


def plain(text: str) -> str:
    """Return a file name without control characters that could move a terminal's cursor."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
