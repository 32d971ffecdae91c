"""The main job: score, project, tell the issues, so that a run is complete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dlc_core.backbones import Backbone, load_backbone
from dlc_core.backbones.from_module import backbone_from
from dlc_core.datasets import Dataset
from dlc_core.datasets.from_python import dataset_from
from dlc_core.engines.registry import ENGINES
from dlc_core.issues import find_issues, read_issues
from dlc_core.progress_bars import bars
from dlc_core.projection import ProjectionSettings, project_run
from dlc_core.records.progress import Report, silent
from dlc_core.runs import Run
from dlc_core.scoring import ScoreSettings
from dlc_core.scoring.coordinator import coordinate
from dlc_core.scoring.update import add_new


def score(
    dataset: Any,
    backbone: Any,
    *,
    out: str | Path,
    masks: int | None = None,
    interval: float | None = None,
    masking: str = "l1",
    seed: int = 0,
    device: str = "auto",
    profile: str = "exact",
    precision: str = "float32",
    score: str = "dlc",
    resume: bool = False,
    progress: bool = False,
    report: Report = silent,
    request: dict[str, Any] | None = None,
) -> Run:
    """Score every sample of a dataset and store scores and map in a run directory.

    Args:
        dataset: from load_dataset, or whatever dataset_from takes: a path, a torch Dataset or
            DataLoader, arrays, a Hugging Face dataset.
        backbone: from load_backbone or backbone_from, a name, or a torch.nn.Module without a head.
        out: the run directory; must not exist, unless `resume`.
        masks: T >= 1; None = what the profile says (50 in exact).
        interval: share of the remaining weights that each step masks, in [0, 1); None = 0.02.
        masking: "l1" or "random".
        seed: of random masking and of the map.
        device: "auto", "cpu", "cuda" or "mps".
        profile: "exact", the paper's, or "fast"; masks or interval make the schedule literal.
        precision: "float32" or "bfloat16".
        score: "dlc", the paper's, or "dlc-calibrated".
        resume: go on with an interrupted run.
        progress: whether to show bars, in a notebook or a terminal (tqdm).
        report: told of every step, if no bars are shown.
        request: kept in run.json, to repeat the command.

    Returns:
        The finished run; run.samples is a pandas table.

    Raises:
        DLCError: if a value is out of range or the data cannot be scored.

    Reference: arXiv 2402.05356, section 3.
    """
    settings = ScoreSettings(masks, interval, masking, seed, profile, device, precision, score)
    if isinstance(backbone, str):
        backbone = load_backbone(backbone)
    elif not isinstance(backbone, Backbone):
        backbone = backbone_from(backbone)
    return score_and_project(
        dataset_from(dataset),
        backbone,
        out=out,
        settings=settings,
        resume=resume,
        report=bars() if progress else report,
        request=request,
    )


def score_run(
    dataset: Dataset,
    backbone: Backbone,
    *,
    out: str | Path,
    engine: str = "local",
    **options: Any,
) -> Run:
    """Score without a map and without issues.

    Args:
        dataset, backbone, out: as in `score`.
        engine: a name from dlc_core.engines.
        options: settings, resume, report, request, pixel_budget of `coordinate`.
    """
    return coordinate(dataset, backbone, out=out, engine=ENGINES[engine].engine, **options)


def update_run(
    base: Run, dataset: Dataset, backbone: Backbone, *, out: str | Path, **options: Any
) -> Run:
    """Score what is new since a run, as `add_new`, on this machine; options are its own."""
    return add_new(base, dataset, backbone, out=out, engine=ENGINES["local"].engine, **options)


def score_and_project(
    dataset: Dataset,
    backbone: Backbone,
    *,
    out: str | Path,
    settings: ScoreSettings,
    resume: bool = False,
    report: Report = silent,
    request: dict[str, Any] | None = None,
    pixel_budget: int | None = None,
) -> Run:
    """Do what `score` does, with the settings in one value.

    Args:
        dataset, backbone, out, resume, report, request: as in `score`.
        settings: how to score.
        pixel_budget: bytes of disk for decoded images; None takes half of what is free.
    """
    run = score_run(
        dataset,
        backbone,
        out=out,
        settings=settings,
        resume=resume,
        report=report,
        request=request,
        pixel_budget=pixel_budget,
    )
    return projected(run, seed=settings.seed, report=report)


def projected(run: Run, *, seed: int = 0, report: Report = silent) -> Run:
    """Give a scored run its map and its issues, where it lacks them.

    Args:
        run: finished.
        seed: of both.
        report: told of every step.
    """
    run = project_run(run, settings=ProjectionSettings(seed=seed), report=report)
    if read_issues(run) is None:
        find_issues(run, seed=seed, report=report)
    return run
