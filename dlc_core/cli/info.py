"""`dlc info`: what a run holds, its faults included."""

from __future__ import annotations

import argparse
from typing import Any

from dlc_core.cli import output
from dlc_core.cli.parser_options import Commands, command
from dlc_core.datasets.registry import reader_of
from dlc_core.decisions import read_log
from dlc_core.errors import DLCError, clipped
from dlc_core.file_names import readable_bytes
from dlc_core.plurals import counted
from dlc_core.runs import Run

_LISTED = 12  # names of columns


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "info",
        help="say what a run holds, with every fault and its reason",
        example="dlc info runs/photos --exports",
        run=run,
    )
    parser.add_argument("source", metavar="RUN", help="a run directory")
    words = "compare every file with its digest, large ones too, and say which are damaged"
    parser.add_argument("--verify", action="store_true", help=words)
    words = "list what pages have exported into the run: state, size, date and command"
    parser.add_argument("--exports", action="store_true", help=words)
    output.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the run."""
    if options.exports:
        return _exports(options)
    scored = Run.open(options.source, unfinished=True)
    for name, value in describe(scored):
        print(f"{name:<12}{plain(value)}")
    for warning in scored.warnings:
        print(clipped(f"caution     {plain(warning)}"))
    if not scored.done:
        if options.verify:
            print("not verified: a run has digests when its scoring is finished")
        output.conclude(options, run=str(scored.path), info=scored.info, faults=[])
        return 0
    verified = _verified(scored) if options.verify else {}
    if scored.damage:
        raise DLCError(next(iter(scored.damage.values())))
    for part in ("samples", "losses", "features", "projection"):
        getattr(scored, part)  # a damaged file is said here, not later
    read_log(scored.path)
    if len(scored.faults):
        print(f"\n{counted(len(scored.faults), 'fault')}:")
        for path, _label, error in scored.faults.itertuples(index=False):
            print(clipped(f"  {plain(path)}: {plain(error)}"))
    faults = scored.faults.to_dict(orient="records")
    output.conclude(options, run=str(scored.path), info=scored.info, faults=faults, **verified)
    return 0


def _exports(options: argparse.Namespace) -> int:
    """Print the exports of a run, the newest job first."""
    from datetime import datetime

    from dlc_core.jobs.export_history import exports_of

    if options.verify:
        raise DLCError("got --exports and --verify, expected one of them.")
    scored = Run.open(options.source, unfinished=True)
    found = exports_of(scored.path)
    for item in found:
        when = datetime.fromtimestamp(item.date).isoformat(" ", "minutes")
        size = readable_bytes(item.size) if item.state == "done" else "-"
        print(clipped(f"{item.state:<8} {size:>9}  {when}  {plain(item.name)}"))
        if item.words:
            print(clipped(f"         {plain(item.words)}"))
        if item.command:
            print(f"         {plain(item.command)}")
    if not found:
        print("no exports yet: pages keep them in the run; dlc export writes anywhere.")
    output.conclude(
        options,
        run=str(scored.path),
        exports=[{**vars(item), "path": str(item.path)} for item in found],
    )
    return 0


def _verified(scored: Run) -> dict[str, Any]:
    """Say what came of looking at every file.

    Raises:
        DLCError: with the first damage; the others are printed before.
    """
    from dlc_core.runs.verify import verify

    found = verify(scored)
    print(f"\n{counted(len(found.whole), 'file')} verified: as written.")
    if found.unchecked:
        names = ", ".join(map(plain, found.unchecked[:_LISTED]))
        more = f" and {len(found.unchecked) - _LISTED:,} more" if found.unchecked[_LISTED:] else ""
        print(f"not checked, as no digest is kept of it: {names}{more}")
    for fault in found.damaged[1:]:
        print(clipped(f"damaged     {fault}"))
    if found.damaged:
        raise DLCError(found.damaged[0])
    return {"verified": list(found.whole), "not_checked": list(found.unchecked)}


def describe(run: Run) -> list[tuple[str, str]]:
    """Return the lines that describe a run."""
    info = run.info
    dataset, backbone, masking = info["dataset"], info["backbone"], info["masking"]
    split = f", split {dataset['split']}" if dataset["split"] else ""
    counts, timings = info["counts"], info["timings"]
    classes = "clusters" if dataset.get("labels") == "clusters" else "classes"
    own = reader_of(dataset)
    where = dataset["root"] or ("bundled" if own and own.bundled else "no image files")
    return [
        ("run", str(run.path)),
        ("status", f"{info['status']} {info.get('error', '')}".strip()),
        ("dataset", f"{plain(dataset['name'])} ({plain(where)}{split})"),
        *_of_data(run),
        ("samples", f"{counts.get('samples', 0):,} in {counts.get('classes', 0):,} {classes}"),
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


def _of_data(run: Run) -> list[tuple[str, str]]:
    """Return what is known of the source, its columns and groups; nothing of older runs."""
    dataset = run.info["dataset"]
    asked = dataset.get("asked") or {}
    found = []
    if dataset.get("source"):
        given = ", ".join(f"{name} {value}" for name, value in asked.items())
        kind = dataset.get("kind", "")
        found.append(
            ("source", plain(f"{dataset['source']} ({kind}{'; ' if given else ''}{given})"))
        )
    if (run.path / "columns.parquet").is_file() and run.scored:
        names = [str(name) for name in run.columns.columns]
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        found.append(("columns", plain(", ".join(names[:_LISTED])) + more))
    if asked.get("group_column"):
        found.append(("groups", f"{plain(str(asked['group_column']))}: kept together by evidence"))
    if dataset.get("labels") == "clusters":
        found.append(("labels", "none; the classes are clusters of the features"))
    return found


def plain(text: str) -> str:
    """Return a file name without control characters that could move a terminal's cursor."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
