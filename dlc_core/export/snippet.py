"""A Python file that gives PyTorch the subset: a Subset, and a sampler that balances classes."""

from __future__ import annotations

from collections.abc import Sequence

from dlc_core.datasets.image_formats import IMAGE_SUFFIXES
from dlc_core.datasets.registry import reader_of
from dlc_core.errors import DLCError
from dlc_core.export.content import NO_CLASS, Content
from dlc_core.runs import Run

_ROW = 12  # words in a line
_TEMPLATE = '''\
"""A subset for PyTorch: {count} samples, those that are {part}."""

import os

import torch
from torch.utils.data import DataLoader, Subset, WeightedRandomSampler
from torchvision.datasets import ImageFolder

ROOT = {root}  # of the dataset {name}
POSITIONS = [int(word) for word in """
{positions}
""".split()]  # places in Scored().samples
FIRST_AND_LAST = {ends}
RELABELLED = {relabelled}  # place -> the class that a person gave it
ENDINGS = set("""
{endings}
""".split())  # of the files that were listed; torchvision alone lists fewer


class Scored(ImageFolder):
    """The folder as it was scored: what is hidden does not count, nor do folders without images."""

    def __init__(self, root=ROOT, transform=None, **more):
        super().__init__(root, transform, is_valid_file=self.counts, allow_empty=True, **more)

    def counts(self, path: str) -> bool:
        """Whether a file was listed."""
        parts = os.path.relpath(path, self.root).split(os.sep)
        hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
        return not hidden and os.path.splitext(path)[1].lower() in ENDINGS

    def find_classes(self, directory):
        """Return the folders that hold a file that was listed, in order, and their numbers."""
        names = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
        names = [name for name in names if self._holds(os.path.join(directory, name))]
        return names, {{name: number for number, name in enumerate(names)}}

    def _holds(self, folder: str) -> bool:
        files = (os.path.join(at, name) for at, _, names in os.walk(folder, followlinks=True)
                 for name in sorted(names))
        return folder == folder.encode("utf-8", "ignore").decode() and any(map(self.counts, files))


def subset(dataset: ImageFolder) -> Subset:
    """Return these samples of Scored(transform=...); new labels are set in it."""
    for position, path in FIRST_AND_LAST.items():
        known = dataset.samples[position][0] if position < len(dataset.samples) else "nothing"
        if os.path.relpath(known, dataset.root).replace(os.sep, "/") != path:
            raise ValueError(
                f"the folder is not as it was scored: place {{position}} is {{known}} in "
                f"{{type(dataset).__name__}}; read it with Scored, and score it again if it has changed"
            )
    for position, name in RELABELLED.items():
        if name not in dataset.class_to_idx:
            dataset.class_to_idx[name] = len(dataset.classes)
            dataset.classes.append(name)
        label = dataset.class_to_idx[name]
        dataset.samples[position] = (dataset.samples[position][0], label)
        dataset.targets[position] = label
    return Subset(dataset, POSITIONS)


def balanced(chosen: Subset) -> WeightedRandomSampler:
    """Return a sampler that draws each class equally often, with replacement."""
    labels = torch.tensor([chosen.dataset.targets[i] for i in chosen.indices])
    weights = 1.0 / torch.bincount(labels)[labels].double()
    return WeightedRandomSampler(weights, num_samples=len(labels))


# from torchvision.transforms import v2
# transform = v2.Compose([v2.ToImage(), v2.Resize((224, 224)), v2.ToDtype(torch.float32, scale=True)])
# kept = subset(Scored(transform=transform))
# loader = DataLoader(kept, batch_size=64, shuffle=True)
# loader = DataLoader(kept, batch_size=64, sampler=balanced(kept))  # or so
'''  # noqa: E501


def snippet_problem(run: Run) -> str:
    """Return why torchvision's ImageFolder cannot read a run's data, or ""."""
    known = run.info["dataset"]
    reader = reader_of(known)
    if known.get("labels") == "clusters":
        what = "its classes are clusters, not folders"
    elif "kind" in known and not (reader and reader.class_folders):
        what = f"it was scored as {known['kind']}"
    else:
        return ""
    return (
        f"the positions of the PyTorch file are those of an image folder, and {known['name']} is "
        f"none ({what}); export a folder of images, or a table."
    )


def to_snippet(content: Content) -> bytes:
    """Return the file; names in it are plain ASCII literals, whatever they hold.

    Raises:
        DLCError: if the run's data is no image folder.
    """
    if problem := snippet_problem(content.run):
        raise DLCError(problem)
    table = content.table
    ids, paths = table["id"].tolist(), table["path"].tolist()
    relabelled = {}
    if "original_label" in table:
        changed = table[
            (table["label"] != table["original_label"]) | (table["class_id"] == NO_CLASS)
        ]
        relabelled = dict(zip(changed["id"].tolist(), changed["label"].tolist(), strict=True))
    ends = {ids[place]: paths[place] for place in (0, -1)} if ids else {}
    text = _TEMPLATE.format(
        name=ascii(content.name),
        count=f"{len(ids):,}",
        part=content.part,
        root=ascii(content.root),
        positions=_rows(ids),
        ends=ascii(ends),
        endings=_rows(sorted(IMAGE_SUFFIXES)),
        relabelled=ascii(relabelled),
    )
    return text.encode()


def _rows(values: Sequence[object]) -> str:
    return "\n".join(
        " ".join(map(str, values[start : start + _ROW])) for start in range(0, len(values), _ROW)
    )
