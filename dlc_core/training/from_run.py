"""The backbone and the images of a run, opened again as they were scored."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from PIL import Image

from dlc_core.backbones import Backbone, find_loader, load_backbone
from dlc_core.data_roots import require_allowed
from dlc_core.datasets import Dataset, Sample
from dlc_core.datasets.images import UnreadableImage, read_image
from dlc_core.datasets.reopen import has_files, reopen
from dlc_core.errors import DLCError
from dlc_core.file_names import printable
from dlc_core.runs import Run
from dlc_core.runs.begun_here import begun_here

_ELSEWHERE = "name the file with --weights"


def backbone_of_run(run: Run, *, weights: str | None = None, yes: bool = False) -> Backbone:
    """Load the backbone that a run was scored with, preprocessing included.

    Args:
        run: its run.json says which one.
        weights: where the weights file is now; None looks where it was.
        yes: that a person lets it run a program, though this user did not begin the run.

    Raises:
        DLCError: if the weights are gone or are not those of the run, or it would run a program of
            a stranger's run.
    """
    known = run.info["backbone"]
    if find_loader(known["name"])[0].program and not (yes or begun_here(run.path, run.info)):
        raise DLCError(
            f"{run.name} was not begun here (it came from elsewhere or was moved), and names a "
            f"program, {printable(known['name'])[:200]}; add --yes to run it."
        )
    request: dict[str, Any] = run.info.get("request") or {}
    file = weights or request.get("weights")
    if file is not None and not Path(file).expanduser().is_file():
        raise DLCError(
            f"the weights that {run.name} was scored with are not at {file}; bring the file back, "
            f"or {_ELSEWHERE}."
        )
    backbone = load_backbone(known["name"], weights=file)
    if backbone.digest() != known["digest"]:
        source = backbone.weights if file is None else file
        raise DLCError(
            f"the weights of {source} are not those that {run.name} was scored with "
            f"({known['weights']}): they have another digest; {_ELSEWHERE}."
        )
    saved = known["preprocess"]
    own: Any = backbone.preprocess  # a dataclass, whatever it prepares
    known_names = {field.name for field in fields(own)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in saved.items()
        if name in known_names
    }
    preprocess = replace(own, **values)
    return replace(backbone, preprocess=preprocess)


def dataset_of_run(run: Run) -> Dataset:
    """Return a run's samples, in the order of run.samples, with their images to be read.

    Raises:
        DLCError: if the folder of the images is gone, or a path leads out of it.
    """
    table, info = run.samples, run.info["dataset"]
    samples = tuple(
        Sample(int(identity), str(path), int(class_id))
        for identity, path, class_id in zip(
            table["id"], table["path"], table["class_id"], strict=True
        )
    )
    if not has_files(info):
        whole = reopen(info, ours=begun_here(run.path, run.info))
        return replace(
            whole.dataset,
            samples=samples,
            classes=tuple(run.classes),
            faults=(),
            read=lambda sample: whole.read(sample.path),
        )
    root = require_allowed(info["root"])
    if not root.is_dir():
        raise DLCError(
            f"fine-tuning reads the images of {run.name}, and their folder {root} is gone; bring "
            "it back."
        )
    for sample in samples:
        if sample.path.startswith("/") or ".." in sample.path.split("/"):
            raise DLCError(f"{run.path} is damaged: {sample.path!r} leads out of {root}.")

    def read(sample: Sample) -> Image.Image:
        try:
            return read_image(root / sample.path)
        except UnreadableImage as fault:
            raise DLCError(
                f"{sample.path} could be read when {run.name} was scored and cannot be read now "
                f"({fault}); restore it and go on."
            ) from fault

    return Dataset(
        kind=str(info.get("kind", "imagefolder")),
        name=str(info["name"]),
        root=str(root),
        split=info["split"],
        classes=tuple(run.classes),
        samples=samples,
        faults=(),
        read=read,
    )
