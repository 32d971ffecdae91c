"""What `dlc evidence` learns with: the linear probe, or fine-tuning."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlc_core.cli.resume_consent import add_yes
from dlc_core.errors import DLCError

if TYPE_CHECKING:
    from dlc_core.cli.ctrl_c import Stop
    from dlc_core.evidence.learner import Learner
    from dlc_core.records.progress import Report
    from dlc_core.runs import Run

_FINETUNE = {"epochs": "epochs", "image_size": "image_size", "batch": "batch", "device": "device"}

# Makes a learner: (folder of the evidence, report) -> learner
Make = Callable[[Path, "Report"], "Learner"]


def add_method_options(parser: Any) -> None:
    """Add --method and what belongs to fine-tuning."""
    from dlc_core.cli.parser_options import described
    from dlc_core.evidence.methods import METHODS, PROBE

    add = parser.add_argument
    words = described({name: method.description for name, method in METHODS.items()})
    add("--method", choices=tuple(METHODS), default=PROBE, help=f"{words} ({PROBE})")
    add("--epochs", type=int, metavar="N", help="of fine-tuning (10)")
    add("--image-size", type=int, metavar="N", help="pixels, of fine-tuning (at most 128)")
    add("--batch", type=int, metavar="N", help="images of a step, of fine-tuning (32)")
    add("--device", metavar="NAME", help="auto, cpu or cuda, of fine-tuning (auto)")
    add("--weights", metavar="FILE", help="where the backbone's weights file is now")
    add_yes(parser)


def method_of(
    options: argparse.Namespace, scored: Run, held: Run | None, stop: Stop
) -> tuple[dict[str, Any], Make]:
    """Return what says the method, and what makes its learner.

    Raises:
        DLCError: if an option does not belong to it, or weights or images are gone.
    """
    from dlc_core.evidence.methods import require_method

    require_method(scored, options.method)
    given = {field: getattr(options, name) for name, field in _FINETUNE.items()}
    given = {field: value for field, value in given.items() if value is not None}
    if options.method == "probe":
        from dlc_core.evidence.learner import probe_learner

        wrong = [*given, *(["weights"] if options.weights is not None else [])]
        if wrong:
            option = "--" + wrong[0].replace("_", "-")
            raise DLCError(f"{option} belongs to fine-tuning; expected --method finetune, too.")
        return {"name": "probe"}, lambda _folder, _report: probe_learner
    from dlc_core.evidence.finetune_learner import finetuner
    from dlc_core.training.finetune_settings import FinetuneSettings
    from dlc_core.training.from_run import backbone_of_run

    settings = FinetuneSettings(**given)
    backbone = backbone_of_run(scored, weights=options.weights, yes=options.yes)

    def make(folder: Path, report: Report) -> Learner:
        return finetuner(
            scored, held=held, settings=settings, backbone=backbone,
            checkpoints=folder / "checkpoints", report=report, stop=stop.check,
        )  # fmt: skip

    return settings.method(backbone.images()), make
