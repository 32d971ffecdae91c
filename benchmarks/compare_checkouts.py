"""Whether two checkouts compute the same: losses, scores, subsets, recipes, exported files.

    python -m benchmarks.compare_checkouts OLD NEW [--scores-only] [--textures DIR] [--weights FILE]

Runs the same commands (benchmarks/checkout_commands.py) with the code of each, in a folder of the
same name, and compares what they made: arrays, pictures and folders of images byte for byte, every
column of every table, recipes and other JSON value for value but for times and versions. What only
the new one says (a further column, a further field) is told and is no difference. Old recipes are
rebuilt by the new code. With --scores-only, for a checkout of long ago: losses byte for byte, and
the samples' ids and scores, and the ids of every subset that both can make. A few minutes; exit
status 1 if anything differs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.checkout_commands import Step, plan, run_in, write_inputs
from benchmarks.same_files import Found, compare

DATA = Path("../shared/data")
IDS = ["id", "path", "label", "class_id", "score", "rank", "class_rank", "percentile"]


def main() -> int:
    """Run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--scores-only", action="store_true", help="for a checkout of long ago")
    parser.add_argument("--textures", type=Path, default=DATA / "images/textures10/train")
    parser.add_argument("--weights", type=Path, default=DATA / "weights/mobilenet_v2_imagenet.pth")
    parser.add_argument("--limit", type=int, default=300, help="digits that are scored")
    options = parser.parse_args()
    textures = options.textures.resolve() if options.textures.is_dir() else None
    weights = options.weights.resolve() if options.weights.is_file() else None
    if textures is None:
        print(f"left out: {options.textures} is no folder; name one with --textures")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        here = work / "here"
        decided = write_inputs(work, textures)
        steps = plan(here, decided=decided, textures=textures, weights=weights, limit=options.limit)
        ends = {}
        for side in ("old", "new"):
            checkout, begun = getattr(options, side).resolve(), time.monotonic()
            rebuilt = [] if side == "old" or options.scores_only else _rebuilt(steps, work)
            ends[side] = run_in(checkout, [*steps, *rebuilt], here)
            here.rename(work / side)
            print(f"{side}: {len(ends[side])} commands in {time.monotonic() - begun:.0f} s")
        pairs = zip(steps, ends["old"], ends["new"], strict=False)
        lines = [_line(*pair, work, scores_only=options.scores_only) for pair in pairs]
        lines += _rebuilt_lines(steps, ends["new"][len(steps) :], work)
    told = [line for line in lines if line is not None]
    for found, text in told:
        print(f"{found:<10}{text}")
    counts = Counter(found for found, _ in told)
    print(", ".join(f"{number} {found}" for found, number in counts.items()))
    return 1 if counts[Found.DIFFERENT] or not counts[Found.SAME] else 0


def _line(
    step: Step, old: list[object], new: list[object], work: Path, *, scores_only: bool
) -> tuple[Found, str] | None:
    """Return how the comparison of one step ended; None if it makes nothing that is compared."""
    if scores_only and old[0] != 0:
        return (
            (Found.SKIPPED, f"{step.title}: the old one cannot: {old[1]}") if step.makes else None
        )
    if (old[0] != 0 and not scores_only) or new[0] != 0:
        what, said = step.title or " ".join(step.argv), str(new[1] or old[1]).strip()
        return Found.DIFFERENT, f"{what}: exit {old[0]} and {new[0]}: {said}"
    makes = [name for name in step.makes if _compared(name, scores_only=scores_only)]
    if not makes:
        return None
    faults, notes, seen = [], [], []
    for name in makes:
        one, other = work / "old" / name, work / "new" / name
        if not one.exists() and not other.exists():
            continue
        columns = IDS if scores_only else None
        fault, note = compare(one, other, columns=columns)
        faults += [f"{name}: {fault}"] if fault else []
        notes += [note] if note else []
        seen.append(_shown(name))
    text = "; ".join([f"{step.title}: {', '.join(faults or seen)}", *dict.fromkeys(notes)])
    return (Found.DIFFERENT if faults or not seen else Found.SAME), text


def _shown(name: str) -> str:
    file = Path(name)
    return file.suffix if name.startswith("pruned/") else file.name


def _compared(name: str, *, scores_only: bool) -> bool:
    if not scores_only:
        return True
    in_run = name.endswith(("/losses.npy", "/samples.parquet"))
    return in_run or (name.endswith(".npy") and "/" not in name.removeprefix("pruned/"))


def _recipes(steps: list[Step]) -> list[tuple[Step, str, str]]:
    return [
        (step, step.makes[-2], step.makes[-1])
        for step in steps
        if step.makes and step.makes[-1].endswith(".recipe")
    ]


def _rebuilt(steps: list[Step], work: Path) -> list[Step]:
    """Return commands that rebuild the old checkout's subsets from its recipes."""
    return [
        Step("", ("prune", step.argv[1], "--recipe", str(work / "old" / recipe), "--out",
                  str(work / "here/rebuilt" / Path(made).name)))
        for step, made, recipe in _recipes(steps)
        if (work / "old" / recipe).is_file()
    ]  # fmt: skip


def _rebuilt_lines(
    steps: list[Step], ends: list[list[object]], work: Path
) -> list[tuple[Found, str] | None]:
    there = [(s, made) for s, made, recipe in _recipes(steps) if (work / "old" / recipe).is_file()]
    lines: list[tuple[Found, str] | None] = []
    for (step, made), end in zip(there, ends, strict=False):
        other = work / "new/rebuilt" / Path(made).name
        fault = str(end[1]) if end[0] else compare(work / "old" / made, other)[0]
        found = Found.DIFFERENT if fault else Found.SAME
        lines.append((found, f"the old recipe rebuilt, {step.title}{': ' * bool(fault)}{fault}"))
    return lines


if __name__ == "__main__":
    sys.exit(main())
