"""From an image to the pixels a backbone was trained on: resize, centre crop, normalise.

The same pixels as torchvision's ImageClassification preset, bit for bit, but for images more than
sixteen times as long as wide, where that would build gigabytes that the crop throws away.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlc_core.errors import DLCError
from dlc_core.modalities.base import Row

if TYPE_CHECKING:
    import torch

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
_LONGEST = 16  # crops along the long side
# Pixels that go through a model at once: on a CPU few, because glibc gives large blocks back
# after every layer (MobileNetV2: 4.8 ms an image in sixes, 8.1 in batches of 32); on a GPU many.
_PIXELS_A_BATCH = {"cpu": 6 * 224**2, "cuda": 256 * 224**2, "mps": 64 * 224**2}
_LARGEST_BATCH = 2048


def batch_rows(side: int, device: str) -> int:
    """Return how many square pictures of this side go through a model at once."""
    return max(4, min(_LARGEST_BATCH, _PIXELS_A_BATCH[device] // side**2))


@dataclass(frozen=True)
class Preprocess:
    """A deterministic evaluation transform.

    Attributes:
        resize: length of the shorter side after resizing, in pixels.
        crop: side of the centre crop, in pixels.
        mean, std: per RGB channel, for pixels in [0, 1].
        interpolation: of Pillow, such as "bilinear" or "bicubic".
        squash: whether both sides are resized to `resize`, whatever the shape, before the crop.
    """

    resize: int
    crop: int
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    interpolation: str = "bilinear"
    squash: bool = False

    def __post_init__(self) -> None:
        if min(self.resize, self.crop) < 1:
            raise DLCError(
                f"resize and crop must be at least 1 pixel, got {self.resize} and {self.crop}."
            )
        numbers = [*self.mean, *self.std]
        if len(self.mean) != 3 or len(self.std) != 3 or not np.isfinite(numbers).all():
            raise DLCError("mean and std must be three numbers each: red, green and blue.")
        if min(self.std) <= 0:
            raise DLCError(f"std must be above 0, got {min(self.std):g}.")
        if self.interpolation.upper() not in Image.Resampling.__members__:
            raise DLCError(f"unknown interpolation {self.interpolation!r}; such as bilinear.")

    def as_record(self) -> dict[str, Any]:
        """Return it as run.json keeps it; what is not squashed does not say so."""
        record = asdict(self)
        if not self.squash:
            del record["squash"]
        return record

    @property
    def modality(self) -> str:
        """Images."""
        return "image"

    @property
    def row(self) -> Row:
        """The resized centre crop of one image."""
        return Row((self.crop, self.crop, 3), "uint8")

    @property
    def words(self) -> str:
        """What the backbone is given, for a sentence."""
        return f"crops of {self.crop} pixels"

    @property
    def way_out(self) -> str:
        """What to do if the backbone cannot take that."""
        return (
            "choose another --crop; a program of your own must be exported in float32 and with a "
            "dynamic batch"
        )

    def batch_rows(self, device: str) -> int:
        """Return how many crops go through a model at once on a device."""
        return batch_rows(self.crop, device)

    def example(self, count: int) -> NDArray[np.uint8]:
        """Return crops of noise, (count, crop, crop, 3) uint8; always the same."""
        import torch

        noise = torch.Generator().manual_seed(0)
        shape = (count, *self.row.shape)
        made = torch.randint(0, 256, shape, dtype=torch.uint8, generator=noise)
        pixels: NDArray[np.uint8] = made.numpy()
        return pixels

    def pixels(self, image: Image.Image) -> NDArray[np.uint8]:
        """Return the resized centre crop of an image of mode L or RGB, (crop, crop, 3) uint8."""
        method = Image.Resampling[self.interpolation.upper()]
        if self.squash:
            square = image.resize((self.resize, self.resize), method)
            return np.array(_centre_crop(square, self.crop).convert("RGB"))
        width, height = image.size
        short, long = min(width, height), max(width, height)
        new_long = int(self.resize * long / short)
        size = (self.resize, new_long) if width <= height else (new_long, self.resize)
        if new_long > _LONGEST * max(self.crop, self.resize):
            image = _middle(image, keep=_LONGEST * short)
            return self.pixels(image)
        if size != image.size:
            image = image.resize(size, method)
        image = _centre_crop(image, self.crop)
        return np.array(image.convert("RGB"))

    def model_input(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return the model's input of uint8 pixels (N, crop, crop, 3).

        Returns:
            (N, 3, crop, crop) float32 on the same device, channels last in memory.
        """
        import torch

        values = pixels.permute(0, 3, 1, 2).to(torch.float32)  # (N, 3, crop, crop)
        mean = torch.tensor(self.mean, device=pixels.device).reshape(1, 3, 1, 1)
        std = torch.tensor(self.std, device=pixels.device).reshape(1, 3, 1, 1)
        return values.div_(255).sub_(mean).div_(std)


def _middle(image: Image.Image, *, keep: int) -> Image.Image:
    """Return the middle `keep` pixels along the longer side."""
    width, height = image.size
    if width > height:
        left = (width - keep) // 2
        return image.crop((left, 0, left + keep, height))
    top = (height - keep) // 2
    return image.crop((0, top, width, top + keep))


def _centre_crop(image: Image.Image, crop: int) -> Image.Image:
    width, height = image.size
    if width < crop or height < crop:  # black margins, as torchvision pads
        left, top = max((crop - width) // 2, 0), max((crop - height) // 2, 0)
        padded = Image.new(image.mode, (max(width, crop), max(height, crop)))
        padded.paste(image, (left, top))
        image, (width, height) = padded, padded.size
    top, left = round((height - crop) / 2.0), round((width - crop) / 2.0)
    return image.crop((left, top, left + crop, top + crop))
