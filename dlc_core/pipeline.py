"""The main job: score, then project, so that a run is complete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dlc_core.backbones import Backbone
from dlc_core.datasets import Dataset
from dlc_core.projection import project_run
from dlc_core.runs import Run
from dlc_core.runs.progress import Report, silent
from dlc_core.scoring import ScoreSettings, score_run


def score(
    dataset: Dataset,
    backbone: Backbone,
    *,
    out: str | Path,
    masks: int = 50,
    interval: float = 0.02,
    masking: str = "l1",
    seed: int = 0,
    device: str = "auto",
    profile: str = "exact",
    resume: bool = False,
    report: Report = silent,
    request: dict[str, Any] | None = None,
) -> Run:
    """Score every sample of a dataset and store scores and map in a run directory.

    Args:
        dataset: from load_dataset.
        backbone: from load_backbone.
        out: the run directory; must not exist, unless `resume`.
        masks: T >= 1.
        interval: share of the remaining weights that each step masks, in [0, 1).
        masking: "l1" or "random".
        seed: of random masking and of the map.
        device: "auto", "cpu" or "cuda".
        profile: "exact".
        resume: go on with an interrupted run.
        report: told of every step.
        request: kept in run.json, to repeat the command.

    Returns:
        The finished run.

    Raises:
        DLCError: if a value is out of range or the data cannot be scored.

    Reference: arXiv 2402.05356, section 3.
    """
    settings = ScoreSettings(masks, interval, masking, seed, profile, device)
    run = score_run(
        dataset,
        backbone,
        out=out,
        settings=settings,
        resume=resume,
        report=report,
        request=request,
    )
    project_run(run, seed=seed, report=report)
    return run
