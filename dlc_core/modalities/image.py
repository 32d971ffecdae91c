"""Images: decoded once, cropped for the backbone, shown as thumbnails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlc_core.datasets.images import UnreadableImage
from dlc_core.datasets.pixels_in_flight import budget
from dlc_core.modalities.base import Modality, Prepared, Unreadable
from dlc_core.thumbnails import encode_thumbnail

if TYPE_CHECKING:
    from dlc_core.datasets import Dataset, Sample


class ImagePreprocessing(Protocol):
    """What an image's preprocessing has besides."""

    def pixels(self, image: Image.Image) -> NDArray[np.uint8]:
        """Return what the backbone sees of an image of mode L or RGB."""


def prepare_image(
    dataset: Dataset, preprocess: ImagePreprocessing, sample: Sample, *, preview: bool
) -> Prepared | Unreadable:
    """Decode one image; return what the backbone sees of it, its thumbnail and its size.

    Args:
        dataset: that it belongs to.
        preprocess: resize and crop.
        sample: whose image it is.
        preview: whether to make a thumbnail from the same decode.
    """
    stamp = dataset.stamp(sample)
    with budget().held():
        try:
            image = dataset.read(sample)
        except UnreadableImage as fault:
            return Unreadable(str(fault), stamp)
        thumbnail = encode_thumbnail(image) if preview else b""
        prepared = Prepared(preprocess.pixels(image), thumbnail, image.size, stamp)
        del image
        return prepared


IMAGE = Modality(
    name="image",
    unit="image",
    gives=frozenset({"images"}),
    description="pictures in files, archives, tables or arrays, each with one label",
    columns=(("width", "<i4"), ("height", "<i4")),
    prepare=prepare_image,
)
