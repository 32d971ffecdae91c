"""The commands that benchmarks/compare_checkouts.py runs in each of two checkouts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STRATEGIES = (
    "flexrand", "trimmed", "random", "hardest", "easiest", "ccs", "moderate", "k-center",
    "herding", "zcore", "dbp",
)  # fmt: skip
SPLIT = ("flexrand", "trimmed")  # those that know gamma
KEEPS = ("0.1", "0.3", "0.7")
SUFFIXES = ("csv", "parquet", "npy")  # of subsets
TABLES = ("csv", "parquet", "json", "jsonl", "npy")
# What of a run is compared; the first three even with a very old one.
OF_RUN = (
    "losses.npy", "samples.parquet", "features.npy", "predicted.npy", "faults.parquet",
    "columns.parquet", "decisions.jsonl", "kinds.parquet", "neighbours.npy",
    "neighbour_distances.npy", "projection.parquet", "thumbnails.npy", "thumbnails.bin",
    "run.json", "scores/probe.parquet",
)  # fmt: skip
# Reads [argv, ...] and writes [[exit code, what it said last], ...], in one process of a checkout.
_INSIDE = """
import contextlib, io, json, sys
from dlc_core.cli import main
found = []
for argv in json.load(sys.stdin):
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            code = main(argv)
        except SystemExit as end:
            code = end.code
    found.append([code, said.getvalue()[-300:]])
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Step:
    """A command, and what it makes.

    Attributes:
        title: for the line that tells how the comparison ended.
        argv: without the program.
        makes: files and folders to compare, below the folder of the work.
        kill: whether it is killed once some masks are done, to be resumed.
    """

    title: str
    argv: tuple[str, ...]
    makes: tuple[str, ...] = ()
    kill: bool = False


def plan(
    here: Path, *, decided: Path, textures: Path | None, weights: Path | None, limit: int
) -> list[Step]:
    """Return all commands in their order.

    Args:
        here: the folder of the work, the same for both checkouts.
        decided: a file of decisions on digits.
        textures: an image folder; None leaves its part out.
        weights: of mobilenet_v2 for it; None scores it with the bundled backbone.
        limit: how many digits are scored.
    """
    few = ("--limit", str(limit))
    steps = [*_scored(here, "digits", ("digits", *few))]
    steps += _scored(here, "digits-fast", ("digits", *few, "--profile", "fast"))
    steps += _scored(here, "digits-calibrated", ("digits", *few, "--score", "dlc-calibrated"))
    resumed = ("score", "digits", *few, "--out", str(here / "resumed"))
    steps.append(Step("", resumed, kill=True))
    steps.append(Step("score digits, killed and resumed", (*resumed, "--resume"), _of("resumed")))
    chosen = ("--backbone", "mobilenet_v2", "--weights", str(weights)) if weights else ()
    if textures is not None:
        few = (str(textures), "--limit", "40", *chosen)
        steps += _scored(here, "textures", (*few, "--masks", "10"))
        steps += _scored(here, "textures-fast", (*few, "--profile", "fast"))
        steps += list(_exported(here, "textures"))
        steps += _scored(
            here, "table", (str(decided.with_name("table.csv")), "--group-column", "patient")
        )
        grouped = ("--keep", "0.5", "--whole-groups")
        steps += list(_in_formats(here, "table", grouped))
    steps += list(_pruned(here, "digits"))
    steps.append(Step("", ("decisions", str(here / "digits-fast"), "--import", str(decided))))
    for options in (("--strategy", "herding"), (), ("--ignore-decisions",)):
        steps += list(_in_formats(here, "digits-fast", ("--keep", "0.2", *options)))
    return steps


def _of(run: str) -> tuple[str, ...]:
    return tuple(f"{run}/{name}" for name in OF_RUN)


def _scored(here: Path, name: str, words: Sequence[str]) -> list[Step]:
    run = str(here / name)
    return [
        Step("", ("score", *words, "--out", run)),
        Step("", ("kinds", run)),
        Step(f"score {name}, kinds, probe", ("scores", run, "--make", "probe"), _of(name)),
    ]


def _pruned(here: Path, run: str) -> Iterator[Step]:
    """Yield every strategy by keep, gamma and seed, and every other option once."""
    for strategy in STRATEGIES:
        for gamma in ("0.2", "0.5", "0.8") if strategy in SPLIT else ("",):
            for keep in KEEPS:
                for seed in ("0", "1"):
                    split = ("--gamma", gamma) if gamma else ()
                    options = ("--strategy", strategy, "--keep", keep, *split, "--seed", seed)
                    yield from _in_formats(here, run, options)
    rest: tuple[tuple[str, ...], ...] = (
        ("--gamma", "auto"), ("--strategy", "auto"), ("--scope", "global"), ("--minimum", "7"),
        ("--balance", "uniform"), ("--without-copies",), ("--balance", "own", "--class-count",
        "3=11"), ("--score", "probe"), ("--score", "suspicion"), ("--score", "neighbours"),
        ("--score", "unmasked"), ("--strategy", "zcore", "--balance", "uniform"),
    )  # fmt: skip
    for options in rest:
        yield from _in_formats(here, run, ("--keep", "0.3", *options))


def _in_formats(here: Path, run: str, options: tuple[str, ...]) -> Iterator[Step]:
    name = f"pruned/{run}{'_'.join(options)}"
    made = [*(f"{name}.{suffix}" for suffix in SUFFIXES), f"{name}.recipe"]
    for out in made[:-1]:
        argv = ("prune", str(here / run), *options, "--out", str(here / out))
        if out != made[-2]:
            yield Step("", argv)
    recipe = ("--save-recipe", str(here / made[-1]))
    yield Step(f"prune {run} {' '.join(options)}", (*argv, *recipe), tuple(made))


def _exported(here: Path, run: str) -> Iterator[Step]:
    subset = here / f"{run}.npy"
    argv = ("prune", str(here / run), "--keep", "0.5", "--out", str(subset))
    yield Step(f"prune {run} --keep 0.5 .npy", argv, (subset.name,))
    made = [(name, part, name) for name in TABLES for part in ("kept", "dropped")]
    made += [("imagefolder", part, "tree") for part in ("kept", "dropped")]
    made += [("zip", "kept", "zip"), ("hf-imagefolder", "kept", "hf-tree"), ("hf", "kept", "hf")]
    made += [("fiftyone", "both", "tags.json"), ("torch", "kept", "snippet.py")]
    for name, part, suffix in made:
        out = f"exported/{part}.{suffix}"
        argv = ("export", str(here / run), "--subset", str(subset), "--format", name)
        words = (*argv, "--part", part, "--out", str(here / out))
        yield Step(f"export {run} {name}, {part}", words, (out,))


def write_inputs(work: Path, textures: Path | None) -> Path:
    """Write a table with groups and own columns, and decisions; return the file of decisions."""
    pictures = sorted(textures.rglob("*.jpg"))[::40] if textures is not None else []
    rows = [f"{file},{file.parent.name},p{place // 3},{place / 7}\n"
            for place, file in enumerate(pictures)]  # fmt: skip
    (work / "table.csv").write_text("".join(["path,label,patient,weight\n", *rows]))
    file = work / "decisions.json"
    paths = [f"{digit}/digit_{digit:04d}.png" for digit in range(10)]  # the first of each class
    said = {"pinned": paths[:3], "excluded": paths[3:6], "relabelled": {paths[6]: "1"}}
    file.write_text(json.dumps({"decisions": said}))
    return file


def run_in(checkout: Path, steps: Sequence[Step], here: Path) -> list[list[Any]]:
    """Run all commands with a checkout's code; return [exit code, its last words] of each."""
    for folder in ("pruned", "exported", "rebuilt"):
        (here / folder).mkdir(parents=True)
    found: list[list[Any]] = []
    waiting: list[tuple[str, ...]] = []
    for step in steps:
        if not step.kill:
            waiting.append(step.argv)
            continue
        found += _together(checkout, waiting)
        found.append(_killed(checkout, step.argv))
        waiting = []
    return found + _together(checkout, waiting)


def _together(checkout: Path, commands: Sequence[tuple[str, ...]]) -> list[list[Any]]:
    done = subprocess.run(
        [sys.executable, "-c", _INSIDE], cwd=checkout, env=_environment(checkout), check=True,
        input=json.dumps(commands), capture_output=True, text=True,
    )  # fmt: skip
    found: list[list[Any]] = json.loads(done.stdout)
    return found


def _killed(checkout: Path, argv: Sequence[str]) -> list[Any]:
    """Start a scoring and kill it once scores of some masks are there."""
    record = Path(argv[argv.index("--out") + 1]) / "run.json"
    words = [sys.executable, "-m", "dlc_core", *argv]
    with subprocess.Popen(
        words, cwd=checkout, env=_environment(checkout), stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            try:
                masks = json.loads(record.read_text())["masking"].get("done", ())
            except (OSError, ValueError, KeyError):
                masks = ()
            if len(masks) > 2:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.01)
    killed = process.returncode == -signal.SIGKILL
    return [0 if killed else 1, "" if killed else "it was finished before it could be killed"]


def _environment(checkout: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1", "CI": "true"}
