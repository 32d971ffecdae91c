"""What the options of `dlc score` mean: the request, the settings, the data and the backbone."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from dlc_core.backbones import absolute_name
from dlc_core.cli.dataset_options import asked_of
from dlc_core.cli.info import plain
from dlc_core.cli.terminal_progress import TerminalReport
from dlc_core.counted import counted
from dlc_core.data_roots import typed_path
from dlc_core.datasets import find_source
from dlc_core.errors import DLCError
from dlc_core.runs.resume_command import WRITTEN
from dlc_core.scoring.settings import ScoreSettings

if TYPE_CHECKING:
    from dlc_core.backbones import Backbone
    from dlc_core.datasets import Dataset


def request_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return what was asked for, paths in full, so that the run can tell and repeat it."""
    request = {name: getattr(options, name) for name in WRITTEN}
    request["dataset"] = find_source(options.dataset).absolute()
    request["backbone"] = absolute_name(options.backbone)
    request["weights"] = _absolute(options.weights)
    request["image_root"] = _absolute(options.image_root)
    return request


def _absolute(path: str | None) -> str | None:
    return None if path is None else str(typed_path(path).absolute())


def settings_of(options: argparse.Namespace) -> ScoreSettings:
    """Return the settings of the scoring."""
    return ScoreSettings(
        masks=options.masks,
        interval=options.interval,
        masking=options.masking,
        seed=options.seed,
        profile=options.profile,
        device=options.device,
        precision=options.precision,
        score=options.score,
    )


def loaded(options: argparse.Namespace, report: TerminalReport) -> tuple[Dataset, Backbone]:
    """List the data and load the backbone.

    Raises:
        DLCError: if one of them is not what it should be.
    """
    from dlc_core.datasets import read_dataset, require_scorable

    dataset = read_dataset(options.dataset, asked_of(options))
    if options.limit is not None:
        dataset = dataset.limited(options.limit, seed=options.seed)
    require_scorable(dataset)
    report.line(
        f"{dataset.name}: {counted(len(dataset.samples), 'image')} in "
        f"{counted(dataset.present, 'class')}; "
        f"loading {options.backbone}"
    )
    for text in dataset.cautions:
        report.line(f"caution: {plain(text)}")
    for text in dataset.notes:
        report.line(f"note: {plain(text)}")
    if options.backbone == "demo" and options.dataset != "digits":
        report.line("the demo backbone knows digits only; for other images: --backbone resnet18 …")
    from dlc_core.backbones import load_backbone

    backbone = load_backbone(
        absolute_name(options.backbone),  # the run's, wherever it goes on
        weights=options.weights,
        resize=options.resize,
        crop=options.crop,
        mean=_three("mean", options.mean),
        std=_three("std", options.std),
        download=options.download,
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
