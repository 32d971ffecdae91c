"""What the options of `dlc score` mean: the request, the settings, the data and the backbone."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from dlc_core.backbones import absolute_name
from dlc_core.cli.info import plain
from dlc_core.cli.terminal_progress import TerminalReport
from dlc_core.data_roots import typed_path
from dlc_core.datasets import find_source
from dlc_core.errors import DLCError
from dlc_core.modalities.registry import modality, require_scored
from dlc_core.plurals import counted
from dlc_core.scoring.objectives.registry import objective
from dlc_core.scoring.request import ScoreRequest

if TYPE_CHECKING:
    from dlc_core.backbones import Backbone
    from dlc_core.datasets import Dataset


def request_of(options: argparse.Namespace) -> ScoreRequest:
    """Return what was asked for, paths in full, so that the run can tell and repeat it."""
    asked = ScoreRequest.of({**vars(options), "download_data": options.download})
    return replace(
        asked,
        dataset=find_source(asked.dataset).absolute(),
        backbone=absolute_name(asked.backbone),  # the run's, wherever it goes on
        weights=_absolute(asked.weights),
        read=replace(asked.read, image_root=_absolute(asked.read.image_root)),
    )


def _absolute(path: str | None) -> str | None:
    return None if path is None else str(typed_path(path).absolute())


def loaded(request: ScoreRequest, report: TerminalReport) -> tuple[Dataset, Backbone]:
    """List the data and load the backbone.

    Args:
        request: paths in full.
        report: told what is found.

    Raises:
        DLCError: if one of them is not what it should be.
    """
    from dlc_core.datasets import read_dataset, require_scorable

    dataset = read_dataset(request.dataset, request.read)
    require_scored(dataset)
    if request.limit is not None:
        dataset = dataset.limited(request.limit, seed=request.seed)
    require_scorable(dataset, least=objective(request.score).classes)
    report.line(
        f"{dataset.name}: {counted(len(dataset.samples), modality(dataset.modality).unit)} in "
        f"{counted(dataset.present, 'class')}; "
        f"loading {request.backbone}"
    )
    for text in dataset.cautions:
        report.line(f"caution: {plain(text)}")
    for text in dataset.notes:
        report.line(f"note: {plain(text)}")
    if request.backbone == "demo" and not find_source(request.dataset).reader.bundled:
        report.line("the demo backbone knows digits only; for other images: --backbone resnet18 …")
    from dlc_core.backbones import load_backbone

    backbone = load_backbone(
        request.backbone,
        weights=request.weights,
        resize=request.resize,
        crop=request.crop,
        mean=_three("mean", request.mean),
        std=_three("std", request.std),
        download=request.download,
    )
    return dataset, backbone


def _three(name: str, text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise DLCError(
            f"--{name} must be three numbers such as 0.5,0.5,0.5, got {text!r}."
        ) from error


def cache_bytes(options: argparse.Namespace) -> int | None:
    """Return how many bytes of decoded pixels may be kept; None = as fits the disk.

    Raises:
        DLCError: if it is below 0.
    """
    if options.cache_gb is None:
        return None
    if not options.cache_gb >= 0:
        raise DLCError(f"--cache-gb must be 0 or more, got {options.cache_gb}.")
    return int(min(options.cache_gb, 1e9) * 1e9)
