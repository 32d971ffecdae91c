"""`dlc score`: a dataset and a backbone to a run directory."""

from __future__ import annotations

import argparse
import json
import resource
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from dlc_core.cli.options import Commands, command
from dlc_core.cli.terminal import TerminalReport
from dlc_core.errors import DLCError
from dlc_core.runs import Run
from dlc_core.runs.files import read_json

# Arguments that decide the scores; a finished run answers only the same request.
_DECISIVE = (
    "dataset",
    "split",
    "limit",
    "backbone",
    "weights",
    "resize",
    "crop",
    "masks",
    "interval",
    "masking",
    "profile",
    "seed",
)


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
    add("dataset", metavar="DATASET", help="root of an image folder (root/class/file), or digits")
    add("--out", required=True, metavar="RUN", help="the run directory to write")
    add("--backbone", default="demo", metavar="NAME", help="demo or a torchvision model (demo)")
    add("--weights", metavar="FILE", help=".pth or .safetensors state dict for the backbone")
    add("--download", action="store_true", help="let torchvision fetch its weights if missing")
    add("--split", choices=("train", "val", "test"), help="split to score (train, if there are)")
    add("--masks", type=int, default=50, metavar="N", help="number of masks, T (50)")
    add("--interval", type=float, default=0.02, metavar="F", help="share masked per step (0.02)")
    add("--masking", choices=("l1", "random"), default="l1", help="which weights fall first (l1)")
    add("--profile", choices=("exact",), default="exact", help="exact: the paper (default)")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to run (auto)")
    add("--limit", type=int, metavar="N", help="score a stratified random part of N samples")
    add("--resize", type=int, metavar="PX", help="shorter side before the crop")
    add("--crop", type=int, metavar="PX", help="side of the centre crop")
    add("--seed", type=int, default=0, metavar="N", help="of random masking, limit and map (0)")
    add("--resume", action="store_true", help="go on with an interrupted run")
    add("--json", action="store_true", help="print one JSON object as the last line")


def run(options: argparse.Namespace) -> int:
    """Score, then project; print what was written."""
    begun = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's & would have SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    warnings.filterwarnings("ignore", module="PIL")
    folder = Path(options.out).expanduser().absolute()
    request = {name: getattr(options, name) for name in (*_DECISIVE, "device")}
    for name in ("dataset", "weights"):
        request[name] = _absolute(request[name])
    finished = _finished(folder, request, resume=options.resume)
    try:
        result = finished or _score(options, folder, request)
    except KeyboardInterrupt:
        print(
            f"dlc: stopped; go on with the same command and --resume, {folder} keeps what was "
            "done.",
            file=sys.stderr,
        )
        raise
    _say(result, options, seconds=time.monotonic() - begun)
    return 0


def _absolute(path: str | None) -> str | None:
    return path if path is None or path == "digits" else str(Path(path).expanduser().absolute())


def _finished(folder: Path, request: dict[str, Any], *, resume: bool) -> Run | None:
    info = read_json(folder / "run.json")
    if not resume or info is None or info.get("status") != "done":
        return None
    run = Run.open(folder)
    before = info.get("request")
    if not before:  # begun from Python: the scoring itself compares
        return None
    for name in _DECISIVE:
        if before.get(name) != request[name]:
            raise DLCError(
                f"{folder} is finished and was scored with {name} {before.get(name)}, not "
                f"{request[name]}; choose another --out."
            )
    return run if (folder / "projection.parquet").is_file() else None


def _score(options: argparse.Namespace, folder: Path, request: dict[str, Any]) -> Run:
    from dlc_core.datasets import load_dataset, require_classes
    from dlc_core.scoring.settings import ScoreSettings

    # What is quick to check comes first: importing torch takes seconds.
    ScoreSettings(options.masks, options.interval, options.masking, options.seed)
    if folder.is_dir() and any(folder.iterdir()) and not options.resume:
        raise DLCError(f"{folder} exists already; go on with --resume, or choose another --out.")
    with TerminalReport() as report:
        dataset = load_dataset(options.dataset, split=options.split)
        require_classes(sorted({dataset.classes[i] for i in set(dataset.class_ids.tolist())}))
        if options.limit is not None:
            dataset = dataset.limited(options.limit, seed=options.seed)
        report.line(
            f"{dataset.name}: {len(dataset.samples):,} images in {len(dataset.classes)} classes; "
            f"loading {options.backbone}"
        )
        from dlc_core.backbones import load_backbone
        from dlc_core.pipeline import score

        backbone = load_backbone(
            options.backbone,
            weights=options.weights,
            resize=options.resize,
            crop=options.crop,
            download=options.download,
        )
        return score(
            dataset,
            backbone,
            out=folder,
            masks=options.masks,
            interval=options.interval,
            masking=options.masking,
            seed=options.seed,
            device=options.device,
            profile=options.profile,
            resume=options.resume,
            report=report,
            request=request,
        )


def _say(run: Run, options: argparse.Namespace, *, seconds: float) -> None:
    counts, timings = run.info["counts"], run.info["timings"]
    faults = counts["faults"]
    print(
        f"dlc: scored {counts['samples']:,} samples in {timings['seconds']:.1f} s; "
        f"{faults} fault{'' if faults == 1 else 's'}"
        + (f" (dlc info {options.out} lists them)" if faults else "")
        + f"; run: {run.path}",
        file=sys.stderr,
    )
    if options.json:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        value = {
            "run": str(run.path),
            "status": run.info["status"],
            "samples": counts["samples"],
            "faults": faults,
            "masks": run.info["masking"]["masks"],
            "seconds": timings["seconds"],
            "total_seconds": round(seconds, 3),
            "decodes": timings["decodes"],
            "peak_memory_bytes": peak * (1 if sys.platform == "darwin" else 1024),
        }
        print(json.dumps(value))
