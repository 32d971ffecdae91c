"""Labels and parts of data in Python: what an attribute tells is believed if the items agree."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader, Dataset, Subset
from torchvision.datasets import ImageFolder

import dlc_core as dlc
from tests.dlc_core.datasets.conftest import Files, as_image


class Told(Dataset[Any]):
    """Six images whose labels are 0 0 0 1 1 1, and something else told by an attribute."""

    def __init__(self, files: Files, **attributes: Any) -> None:
        self.images = [as_image(pixels) for pixels in files.pixels[:6]]
        for name, value in attributes.items():
            setattr(self, name, value)

    def __len__(self) -> int:
        return 6

    def __getitem__(self, place: int) -> tuple[Any, int]:
        return self.images[place], place // 3


def labels(data: Any, **more: Any) -> list[str]:
    made = dlc.dataset_from(data, **more)
    return [made.classes[sample.class_id] for sample in made.samples]


LABELS = [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    "attributes",
    [
        {"labels": pd.Series(LABELS, index=[5, 4, 3, 2, 1, 0])},
        {"labels": {f"image {n}": label for n, label in enumerate(LABELS)}},
        {"labels": len},
        {"targets": 6},
        {"targets": [1 - label for label in LABELS]},
        {"targets": torch.tensor(LABELS)},
        {"targets": [3] * 6, "labels": LABELS},
    ],
    ids=["series", "dict", "method", "number", "others", "tensor", "the second"],
)
def test_labels_are_those_of_the_items(digit_files: Files, attributes: dict[str, Any]) -> None:
    data = Told(digit_files, **attributes)
    assert labels(data) == ["0"] * 3 + ["1"] * 3
    assert labels(Subset(data, [5, 0, 1])) == ["1", "0", "0"]


class Opposite(ImageFolder):  # type: ignore[misc]
    """A folder whose items have other labels than its list of files."""

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image, label = super().__getitem__(index)
        return image, 9 - label


def test_folders_with_items_of_their_own(digit_files: Files) -> None:
    plain = labels(ImageFolder(str(digit_files.root)))
    assert plain == digit_files.labels
    assert labels(Opposite(str(digit_files.root))) == [str(9 - int(label)) for label in plain]
    names = [f"digit {n}" for n in range(10)]
    assert labels(ImageFolder(str(digit_files.root)), classes=names)[0] == "digit 0"
    odd = ImageFolder(str(digit_files.root))
    odd.samples[0] = (odd.samples[0][0], -1)
    with pytest.raises(dlc.DLCError, match=r"labels lie in \[-1, 9\], and there are 10 classes"):
        dlc.dataset_from(odd)


def test_batches_of_ones_own_are_refused(digit_files: Files) -> None:
    data = Told(digit_files)
    assert labels(DataLoader(data, batch_size=2, shuffle=True)) == ["0"] * 3 + ["1"] * 3
    with pytest.raises(dlc.DLCError, match="this DataLoader has a list, which takes a part"):
        dlc.dataset_from(DataLoader(data, batch_sampler=[[0, 1], [1, 2]]))
