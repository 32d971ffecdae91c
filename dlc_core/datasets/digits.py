"""The bundled data: scikit-learn's 1,797 handwritten digits."""

from __future__ import annotations

import numpy as np
from PIL import Image

from dlc_core.datasets.arrays import png
from dlc_core.datasets.dataset import Dataset, Sample
from dlc_core.datasets.read_options import Asked
from dlc_core.errors import DLCError


def load_digits(
    text: str,  # noqa: ARG001 - every reader takes one
    asked: Asked,
) -> Dataset:
    """Return scikit-learn's handwritten digits (UCI, 8 x 8 pixels, 10 classes) as a dataset.

    Args:
        text: ignored.
        asked: its split must be None or "train": the digits have no splits.

    Raises:
        DLCError: if another split is asked for.
    """
    from sklearn.datasets import load_digits as sklearn_digits

    if asked.split not in (None, "train"):
        raise DLCError(f"the bundled digits have no split {asked.split!r}; leave the split out.")
    bunch = sklearn_digits()
    pixels = np.rint(bunch.images * (255 / 16)).astype(np.uint8)  # (1797, 8, 8)

    def read(sample: Sample) -> Image.Image:
        return Image.fromarray(pixels[sample.id])

    samples = tuple(
        Sample(i, f"{label}/digit_{i:04d}.png", int(label)) for i, label in enumerate(bunch.target)
    )
    return Dataset(
        kind="digits",
        name="digits",
        root="",
        split=None,
        classes=tuple(str(digit) for digit in range(10)),
        samples=samples,
        faults=(),
        read=read,
        encoded=lambda sample: png(read(sample)),
    )
