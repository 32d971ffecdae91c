"""What commands and pages make of a run whose files were changed, one bit at a time.

Command:

    python -m benchmarks.corruption [--flips 160] [--pages 8] [--files NAME …] [--seed 0]

Cost: about a second for four damaged copies with the commands, and three with all pages: 160 flips
in each of the 25 files take some two hours on one core; name some --files to run it in parts.
Makes a small run that holds every kind of file, and for each file in turn --flips copies with one
bit changed (seeded), and up to five more: cut short, emptied, gone, with a byte more, a folder in
its place. On each copy it runs the commands in this process; on --pages of them, and on those five,
all pages and the slow commands too. Prints a Markdown table, a row a file:

- `tries`: damaged copies;
- `told`: of them, how many at least one command told, by exit code 2 or a caution;
- `tracebacks`: commands that ended with anything but 0 or one sentence and 2;
- `silent`: commands that gave another result than the undamaged run without a word of damage;
- `page tracebacks`: pages that showed a traceback.

Exits with 1 if there is a traceback or a silently different result.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from dlc_core.cli import main as dlc
from dlc_core.decisions import record, undo_all
from dlc_core.recipes import Recipe, recipe_record, run_candidates, subset_of
from dlc_core.recipes.saved import save_recipe
from dlc_core.reimport.shown_subset import keep_ids
from dlc_core.runs import Run
from dlc_core.runs.contents import ITSELF, LINES, NOT, RECORD, content_of, files_of
from dlc_core.scores import import_scores

PAGES = ("score", "explore", "classes", "compare", "decisions", "prune", "evidence", "export")
OTHERS = ("cut", "empty", "gone", "grown", "folder")
# RUN and OUT are put in. What is chosen must be the same, or it must be told.
COMMANDS: dict[str, tuple[str, ...]] = {
    "info": ("info", "RUN"),
    "verify": ("info", "RUN", "--verify"),
    "prune": ("prune", "RUN", "--keep", "0.3", "--out", "OUT.csv"),
    "herding": ("prune", "RUN", "--keep", "0.3", "--strategy", "herding", "--out", "OUT.csv"),
    "copies": ("prune", "RUN", "--keep", "0.5", "--without-copies", "--out", "OUT.csv"),
    "suspicion": ("prune", "RUN", "--keep", "0.3", "--score", "suspicion", "--out", "OUT.csv"),
    "neighbours": ("prune", "RUN", "--keep", "0.3", "--score", "neighbours", "--out", "OUT.csv"),
    "unmasked": ("prune", "RUN", "--keep", "0.3", "--score", "unmasked", "--out", "OUT.csv"),
    "own": ("prune", "RUN", "--keep", "0.3", "--score", "own", "--out", "OUT.csv"),
    "decisions": ("decisions", "RUN", "--json"),
    "scores": ("scores", "RUN", "--json"),
    "compare": ("compare", "RUN", "WHOLE", "--json"),
    "evidence": ("evidence", "RUN", "--keep", "0.5", "--seeds", "2", "--out", "OUT.csv"),
    "export": ("export", "RUN", "--subset", "SUBSET", "--format", "csv", "--out", "OUT.csv"),
    "report": ("report", "RUN", "--keep", "0.3", "--out", "OUT.html"),
    "kinds": ("kinds", "RUN", "--json"),
    "project": ("project", "RUN", "--method", "pca", "--json"),
}
SLOW = ("evidence", "report", "kinds", "project")  # their results differ from time to time
QUICK = tuple(name for name in COMMANDS if name not in SLOW)
_TOLD = ("damaged", "caution", "not what was written", "has no score", "not known yet", "not a run")


@dataclass
class Told:
    """What came of the damaged copies of one file."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def make_run(folder: Path) -> Path:
    """Make two copies of a run that holds every kind of file; return the first, runs/run."""
    rng = np.random.default_rng(0)
    for number in range(24):
        file = folder / "images" / "ab"[number % 2] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (12, 12, 3), np.uint8)).save(file)
    (folder / "images" / "a" / "broken.png").write_bytes(b"no image")
    lines = ["path,label,shade", *(f"{'ab'[n % 2]}/{n}.png,{'ab'[n % 2]},{n}" for n in range(24))]
    lines.append("a/broken.png,a,")
    (folder / "images" / "photos.csv").write_text("\n".join(lines))
    run = folder / "runs" / "run"
    source = str(folder / "images" / "photos.csv")
    _done("score", source, "--backbone", "demo", "--masks", "2", "--out", str(run))
    opened = Run.open(run)
    samples = run_candidates(opened)
    kept = subset_of(opened, samples, Recipe())
    save_recipe(run, "mine", recipe_record(opened, samples, kept))
    keep_ids(run, opened.samples["id"].to_numpy()[:5])
    import_scores(opened, "own", np.arange(len(opened.samples)) % 7)
    acts = [record(run, [identity], by="cli", verdict="exclude") for identity in (1, 2, 3)]
    undo_all(run, acts[:1], by="cli")
    record(run, [4], by="cli", note="blurred")
    _done("evidence", str(run), "--keep", "0.5", "--seeds", "2")
    _done("auto", str(run), "--keep", "0.5")
    _done("prune", str(run), "--keep", "0.5", "--out", str(folder / "subset.csv"))
    shutil.copytree(run, run.with_name("whole"))
    return run


def _done(*words: str) -> None:
    code, _, said = _quietly(words)
    if code != 0:
        raise RuntimeError(f"dlc {words[0]} ended with {code}: {said}")


def _quietly(words: Sequence[str]) -> tuple[int, str, str]:
    """Run a command in this process; return its exit code, what it printed and said."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = dlc(list(words))
        except Exception as error:  # noqa: BLE001 - that is what is counted
            return 1, "", f"Traceback: {type(error).__name__}: {error}"
    out.flush()
    assert isinstance(out.buffer, io.BytesIO)
    return code, out.buffer.getvalue().decode("utf-8", "replace"), err.getvalue()


def result_of(name: str, run: Path, out: Path) -> tuple[int, str, str]:
    """Return exit code, result and words of a command on a run.

    Args:
        name: a key of COMMANDS.
        run: the run.
        out: without its suffix; what was written there is the result, else what was printed.
    """
    folder = run.parent.parent
    places = {
        "RUN": str(run), "WHOLE": str(folder / "runs" / "whole"),
        "SUBSET": str(folder / "subset.csv"),
    }  # fmt: skip
    words = [places.get(word, word.replace("OUT", str(out))) for word in COMMANDS[name]]
    code, printed, said = _quietly(words)
    for file in out.parent.glob(f"{out.name}.*"):
        if file.suffix == ".csv":
            printed = file.read_text(encoding="utf-8", errors="replace")
        file.unlink()
    steady = name not in ("info", "verify", *SLOW)
    return code, printed.replace(str(run), "RUN") if steady else "", said


def changed(data: bytes, how: str | int) -> bytes:
    """Return the bytes of a damaged file: one bit of them flipped, or one of OTHERS."""
    if isinstance(how, int):
        found = bytearray(data)
        found[how // 8] ^= 1 << (how % 8)
        return bytes(found)
    return {"cut": data[: len(data) // 2], "grown": data + b"\0"}.get(how, b"")


def damage(file: Path, data: bytes, how: str | int) -> None:
    """Put a damaged file in the place of one whose bytes were these.

    Args:
        file: it, or what an earlier call has put there.
        data: its bytes.
        how: the bit that is flipped, or one of OTHERS.
    """
    if file.is_dir():
        file.rmdir()
    file.unlink(missing_ok=True)
    if how == "folder":
        file.mkdir()
    elif how != "gone":
        file.write_bytes(changed(data, how))


@contextlib.contextmanager
def damaged(whole: Path, name: str, how: str | int) -> Iterator[Path]:
    """Yield a copy of the run with one file changed."""
    copy = whole.with_name("damaged")
    shutil.copytree(whole, copy)
    try:
        damage(copy / name, (whole / name).read_bytes(), how)
        yield copy
    finally:
        shutil.rmtree(copy)


def page_faults(runs: Path, run: str) -> list[str]:
    """Return the pages that show a traceback on a run, with it."""
    from streamlit.testing.v1 import AppTest

    os.environ["DLC_RUNS"] = str(runs)
    os.environ["DLC_DATA_ROOTS"] = json.dumps([str(runs.parent)])
    found = []
    app = str(Path(__file__).resolve().parents[1] / "app.py")
    try:
        for page in PAGES:
            at = AppTest.from_file(app, default_timeout=60)
            at.session_state["run"] = run
            at.run()
            at.switch_page(f"pages/{page}.py").run()
            found += [f"{page}: {one.message}" for one in at.exception]
    finally:
        del os.environ["DLC_RUNS"], os.environ["DLC_DATA_ROOTS"]
    return found


def judge(
    whole: Path, name: str, how: str | int, right: dict[str, str], told: Told, *, pages: bool
) -> None:
    """Run commands and pages on one damaged copy; count what comes of it.

    Args:
        whole: the run.
        name: of the file in it.
        how: as in `changed`, or "gone" or "folder".
        right: the commands, and the results that they have on the whole run.
        told: takes the counts.
        pages: whether to look at all pages, and to run the slow commands, too.
    """
    out = whole.parent.parent / "out"
    with damaged(whole, name, how) as run:
        if pages:
            found = page_faults(run.parent, run.name)
            told.counts["page tracebacks"] += len(found)
            told.faults += [f"{name} {how} {fault}" for fault in found]
        commands = (*right, *SLOW) if pages else tuple(right)
        said_so = False
        for command in commands:
            code, result, said = result_of(command, run, out)
            words = any(word in said for word in _TOLD)
            said_so |= code == 2 or words
            if code not in (0, 2) or "Traceback" in said:
                told.counts["tracebacks"] += 1
                told.faults.append(f"{name} {how} {command}: {said.strip()[-200:]}")
            elif code == 0 and command in right and result != right[command] and not words:
                told.counts["silent"] += 1
                told.faults.append(f"{name} {how} {command}: another result, without a word")
    told.counts["tries"] += 1
    told.counts["told"] += said_so


def measure(
    whole: Path,
    *,
    flips: int,
    pages: int,
    seed: int,
    files: Sequence[str] = (),
    commands: Sequence[str] = QUICK,
) -> dict[str, Told]:
    """Return what came of the damaged copies of each file of a run.

    Args:
        whole: the run, from `make_run`.
        flips: bits that are changed in each file.
        pages: how many of those copies are looked at with the pages, too.
        seed: of the bits.
        files: names in the run; none = all that a digest covers.
        commands: that are run on each copy, of COMMANDS.
    """
    right = {}
    for command in commands:
        code, result, said = result_of(command, whole, whole.parents[1] / "out")
        assert code == 0, said
        right[command] = result
    known = ((name, content_of(name)) for name in files_of(whole))
    covered = [name for name, content in known if content is None or content.digest != NOT]
    sums = [f.relative_to(whole).as_posix() for f in sorted(whole.rglob("*.sum"))]
    found = {}
    for name in files or [*covered, *sums]:
        told, bits = Told(), (whole / name).stat().st_size * 8
        draw = random.Random(f"{seed} {name}")
        places = draw.sample(range(bits), min(flips, bits))
        more = _others(name) if flips > 3 else ()
        hows: tuple[str | int, ...] = (*places, *more)
        for number, how in enumerate(hows):
            look = pages > 0 and (number < pages or isinstance(how, str))
            judge(whole, name, how, right, told, pages=look)
        found[name] = told
        print(f"{name}: {dict(told.counts)}", file=sys.stderr, flush=True)
    return found


def _others(name: str) -> tuple[str, ...]:
    """Return those of OTHERS that must be told of a file.

    A log that is cut at its end, or not there, and a file that a command would make are as they may
    be.
    """
    content = content_of(name)
    kind = None if content is None else content.digest
    if kind == LINES:
        return "grown", "folder"
    return OTHERS if kind in (ITSELF, RECORD) else tuple(how for how in OTHERS if how != "gone")


def table_of(found: dict[str, Told]) -> str:
    """Return the table."""
    heads = ("tries", "told", "tracebacks", "silent", "page tracebacks")
    rows = [("file", *heads), ("---", *("---:" for _ in heads))]
    rows += [(name, *(f"{told.counts[head]:,}" for head in heads)) for name, told in found.items()]
    sums = (f"{sum(told.counts[head] for told in found.values()):,}" for head in heads)
    rows.append(("all", *sums))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--flips", type=int, default=160)
    parser.add_argument("--pages", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--files", nargs="*", default=[])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(
            make_run(Path(folder)), flips=options.flips, pages=options.pages, seed=options.seed,
            files=options.files,
        )  # fmt: skip
    print(table_of(found))
    faults = [fault for told in found.values() for fault in told.faults]
    print("\n".join(faults[:50]), file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
