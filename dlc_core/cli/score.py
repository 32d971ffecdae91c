"""`dlc score`: a dataset and a backbone to a run directory."""

from __future__ import annotations

import argparse
import resource
import shlex
import sys
import time
import warnings
from pathlib import Path

from dlc_core.atomic_files import read_json
from dlc_core.backbones import BACKBONES
from dlc_core.backbones.devices import DEVICES
from dlc_core.cli import output
from dlc_core.cli.ctrl_c import Stop
from dlc_core.cli.dataset_options import dataset_options
from dlc_core.cli.parser_options import Commands, command, described
from dlc_core.cli.resume_consent import add_yes, require_begun_here
from dlc_core.cli.score_inputs import cache_bytes, loaded, request_of
from dlc_core.cli.terminal_progress import TerminalReport
from dlc_core.errors import DLCError
from dlc_core.plurals import counted
from dlc_core.runs import Run
from dlc_core.scoring.objectives.registry import OBJECTIVES, objective_names
from dlc_core.scoring.request import ScoreRequest
from dlc_core.scoring.settings import PRECISIONS, PROFILES


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "score",
        help="score how hard every sample of a dataset is, without training",
        example="dlc score photos/ --backbone resnet18 --download --out runs/photos",
        run=run,
    )
    add = parser.add_argument
    dataset_options(parser)
    add("--out", required=True, metavar="RUN", help="the run directory to write")
    loaders = "; ".join(f"{one.example}: {one.description}" for one in BACKBONES.values())
    add("--backbone", default="demo", metavar="NAME", help=f"{loaders} (demo)".replace("%", "%%"))
    add("--weights", metavar="FILE", help=".pth or .safetensors state dict for the backbone")
    add("--masks", type=int, metavar="N", help="number of masks, T (50 in the exact profile)")
    add("--interval", type=float, metavar="F", help="share masked per step (0.02)")
    add("--masking", choices=("l1", "random"), default="l1", help="which weights fall first (l1)")
    add(
        "--profile", choices=tuple(PROFILES), default="exact", help=f"{described(PROFILES)} (exact)"
    )
    precisions = f"of forward passes; {described(PRECISIONS)} (float32)"
    add("--precision", choices=tuple(PRECISIONS), default="float32", help=precisions)
    scores = described({name: one.description for name, one in OBJECTIVES.items()})
    add("--score", choices=objective_names(), default="dlc", help=f"{scores} (dlc)")
    add("--device", choices=DEVICES, default="auto", help="where to run (auto)")
    add("--cache-gb", type=float, metavar="F", help="disk for decoded images (half of the free)")
    add("--limit", type=int, metavar="N", help="score a stratified random part of N samples")
    add("--resize", type=int, metavar="PX", help="shorter side before the crop")
    add("--crop", type=int, metavar="PX", help="side of the centre crop")
    add("--mean", metavar="R,G,B", help="mean that pixels in [0, 1] are normalised with")
    add("--std", metavar="R,G,B", help="standard deviation, the same")
    add("--seed", type=int, default=0, metavar="N", help="of random masking, limit and map (0)")
    add("--resume", action="store_true", help="go on with an interrupted run")
    add_yes(parser)
    add("--dry-run", action="store_true", help="say what it would take, and stop")
    add("--json", action="store_true", help="print one JSON object as the last line")


def run(options: argparse.Namespace) -> int:
    """Score, then project; print what was written."""
    begun = time.monotonic()
    stop = Stop().listen()
    warnings.filterwarnings("ignore", module="PIL")
    folder = Path(options.out).expanduser().absolute()
    request = request_of(options)
    if options.dry_run:
        return _dry_run(options, request, folder, stop)
    finished = _finished(folder, request, resume=options.resume)
    if options.resume and finished is None:
        require_begun_here(folder, yes=options.yes)
    try:
        result = finished or _score(options, folder, request, stop)
    except KeyboardInterrupt:
        print(
            f"dlc: stopped; go on with the same command and --resume, {folder} keeps what was "
            "done.",
            file=sys.stderr,
        )
        raise
    _say(result, options, seconds=time.monotonic() - begun)
    return 0


def _finished(folder: Path, request: ScoreRequest, *, resume: bool) -> Run | None:
    info = read_json(folder / "run.json")
    if not resume or info is None or info.get("status") != "done":
        return None
    run = Run.open(folder)
    before = info.get("request")
    if not before:  # begun from Python: the scoring itself compares
        return None
    for name, value in request.deciding().items():
        if name in before and before[name] != value:
            raise DLCError(
                f"{folder} is finished and was scored with {name} {before.get(name)}, not "
                f"{value}; choose another --out."
            )
    return run if (folder / "projection.parquet").is_file() else None


def _score(options: argparse.Namespace, folder: Path, request: ScoreRequest, stop: Stop) -> Run:
    settings = request.settings()  # what is quick to check comes before importing torch
    if folder.is_dir() and any(folder.iterdir()) and not options.resume:
        raise DLCError(f"{folder} exists already; go on with --resume, or choose another --out.")
    from dlc_core.export.destination import require_outside_runs

    require_outside_runs(folder.parent)
    with TerminalReport(stop, job=options.job) as report:
        dataset, backbone = loaded(request, report)
        from dlc_core.pipeline import score_and_project

        return score_and_project(
            dataset,
            backbone,
            out=folder,
            settings=settings,
            resume=options.resume,
            report=report,
            request=request.as_record(),
            pixel_budget=cache_bytes(options),
        )


def _dry_run(options: argparse.Namespace, request: ScoreRequest, folder: Path, stop: Stop) -> int:
    """Say what the scoring would take; nothing is written."""
    settings = request.settings()
    with TerminalReport(stop, job=options.job) as report:
        dataset, backbone = loaded(request, report)
        from dlc_core.scoring.coordinator import estimate_run

        needs = estimate_run(
            dataset, backbone, out=folder, settings=settings, pixel_budget=cache_bytes(options)
        )
        report.line(needs.words())
    output.conclude(options, **needs.as_record())
    return 0


def _say(result: Run, options: argparse.Namespace, *, seconds: float) -> None:
    counts, timings = result.info["counts"], result.info["timings"]
    faults = counts["faults"]
    print(
        f"dlc: scored {counted(counts['samples'], 'sample')} in {timings['seconds']:.1f} s; "
        f"{counted(faults, 'fault')}"
        + (f" (dlc info {options.out} lists them)" if faults else "")
        + f"; run: {result.path}",
        file=sys.stderr,
    )
    for warning in result.warnings:
        print(f"dlc: caution: {warning}", file=sys.stderr)
    if result.partial:
        print(f"dlc: finished early: {result.partial}.", file=sys.stderr)
    print(f"dlc: look at it: dlc app {shlex.quote(str(result.path.parent))}", file=sys.stderr)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    output.conclude(
        options,
        run=str(result.path),
        status=result.info["status"],
        samples=counts["samples"],
        faults=faults,
        masks=result.info["masking"]["masks"],
        seconds=timings["seconds"],
        total_seconds=round(seconds, 3),
        decodes=timings["decodes"],
        peak_memory_bytes=peak * (1 if sys.platform == "darwin" else 1024),
    )
