"""A dry look at a dataset: what is there, before anything is scored."""

from __future__ import annotations

import base64
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from dlc_core.datasets.dataset import Dataset, Fault
from dlc_core.datasets.images import UnreadableImage
from dlc_core.modalities.registry import modality
from dlc_core.plurals import counted
from dlc_core.thumbnails import encode_thumbnail

_FEW = 5  # samples of a class below which its centroid is mostly the sample itself
_SHOWN = 10  # faults, and classes at either end, that are told one by one
_UNEVEN = 20  # times the smallest class that the largest may be


@dataclass(frozen=True)
class Look:
    """What a dry look has found.

    Attributes:
        name, kind, split: of the dataset.
        splits: the parts that there are, as the data calls them.
        samples, faults: how many the listing has.
        classes: how many hold a sample.
        largest, smallest: (class, samples) at either end, at most ten.
        columns: names of the further columns; group is that of what belongs together.
        unit: the noun for one sample.
        tried: images that were opened.
        unreadable: those of them that cannot be read; with the listing's faults, at most ten.
        width, height: (smallest, median, largest) of the others, in pixels.
        modes: how many of them are grey ("L") and coloured ("RGB").
        milliseconds: to read one of them, the mean.
        bytes: of all files, from those that were opened; None for data without files.
        pictures: a few of them, as data addresses.
        cautions, notes: in sentences.
        details: of samples that are no images, what their modality tells.
        lines: the same for a person, in place of classes.
    """

    name: str
    kind: str
    split: str | None
    splits: tuple[str, ...]
    samples: int
    faults: int
    classes: int
    largest: tuple[tuple[str, int], ...]
    smallest: tuple[tuple[str, int], ...]
    columns: tuple[str, ...]
    group: str | None
    unit: str = "image"
    tried: int = 0
    unreadable: tuple[Fault, ...] = ()
    width: tuple[int, int, int] | None = None
    height: tuple[int, int, int] | None = None
    modes: dict[str, int] = field(default_factory=dict)
    milliseconds: float = 0.0
    bytes: int | None = None
    pictures: tuple[tuple[str, str], ...] = ()
    cautions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def look_at(dataset: Dataset, *, sample: int = 64, pictures: int = 0, seed: int = 0) -> Look:
    """Look at a dataset: its listing, and a few of its images.

    Args:
        dataset: from load_dataset.
        sample: how many images to open, drawn at random.
        pictures: how many of them to give as small pictures.
        seed: of the draw.
    """
    sizes = Counter(dataset.class_ids.tolist())
    ordered = [(dataset.classes[class_id], count) for class_id, count in sizes.most_common()]
    rng = np.random.default_rng(seed)
    some = rng.permutation(len(dataset.samples))[: max(0, sample)]
    kind = modality(dataset.modality)
    tried = _tried(dataset, np.sort(some), pictures) if "images" in kind.gives else {}
    told = None if kind.details is None else kind.details(dataset)
    if told is not None:
        ordered = []
        tried = {
            "details": told.record, "lines": told.lines,
            "unreadable": dataset.faults[: 2 * _SHOWN],
        }  # fmt: skip
    return Look(
        name=dataset.name,
        kind=dataset.kind,
        split=dataset.split,
        splits=dataset.splits,
        samples=len(dataset.samples),
        faults=len(dataset.faults),
        classes=len(ordered),
        largest=tuple(ordered[:_SHOWN]),
        smallest=tuple(reversed(ordered[_SHOWN:][-_SHOWN:])),
        columns=tuple(dataset.columns),
        group=dataset.asked.group_column,
        cautions=(*dataset.cautions, *_cautions(ordered, dataset)),
        notes=dataset.notes,
        unit=kind.unit,
        **tried,
    )


def _tried(dataset: Dataset, places: np.ndarray[Any, Any], pictures: int) -> dict[str, Any]:
    shapes: list[tuple[int, int]] = []
    shown: list[tuple[str, str]] = []
    modes = Counter[str]()
    faults = [*dataset.faults[:_SHOWN]]
    sizes = []
    begun = time.monotonic()
    for number, place in enumerate(places.tolist()):
        sample = dataset.samples[place]
        sizes.append(dataset.stamp(sample)[0])
        try:
            image = dataset.read(sample)
        except UnreadableImage as fault:
            faults.append(Fault(sample.path, dataset.classes[sample.class_id], str(fault)))
            continue
        shapes.append(image.size)
        modes[image.mode] += 1
        if len(shown) < pictures and len(shown) * len(places) <= number * pictures:  # of all parts
            data = encode_thumbnail(image)
            kind = "png" if data.startswith(b"\x89PNG") else "jpeg"
            text = base64.b64encode(data).decode()
            label = dataset.classes[sample.class_id]
            shown.append((label, f"data:image/{kind};base64,{text}"))
    seconds = time.monotonic() - begun
    known = dataset.encoded is None and sizes and min(sizes) >= 0
    widths, heights = zip(*shapes, strict=True) if shapes else ((), ())
    return {
        "tried": len(places),
        "unreadable": tuple(faults[: 2 * _SHOWN]),
        "width": _ends(widths),
        "height": _ends(heights),
        "modes": dict(modes),
        "milliseconds": round(1000 * seconds / max(1, len(places)), 2),
        "bytes": round(float(np.mean(sizes)) * len(dataset.samples)) if known else None,
        "pictures": tuple(shown),
    }


def _ends(values: Any) -> tuple[int, int, int] | None:
    return (min(values), int(np.median(values)), max(values)) if len(values) else None


def _cautions(ordered: list[tuple[str, int]], dataset: Dataset) -> list[str]:
    found = []
    if len(ordered) == 1:
        found.append(
            f"All samples are of one class ({ordered[0][0]}); hardness compares classes, so at "
            "least 2 are needed."
        )
    few = [name for name, count in ordered if count < _FEW]
    if few and len(ordered) > 1:
        some = ", ".join(few[:5]) + (" …" if len(few) > 5 else "")
        has = "has" if len(few) == 1 else "have"
        found.append(f"{counted(len(few), 'class')} {has} fewer than {_FEW} samples: {some}.")
    if len(ordered) > 1 and ordered[0][1] > _UNEVEN * ordered[-1][1]:
        times = ordered[0][1] / ordered[-1][1]
        found.append(
            f"The largest class has {times:.0f} times as many samples as the smallest; a least "
            "number for each class can protect the rare ones when you prune."
        )
    if len(ordered) > 10 and len(ordered) > len(dataset.samples) / 2:
        found.append("Nearly every sample has a label of its own: is that the right column?")
    return found
