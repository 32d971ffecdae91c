"""What the network sees of a stored picture: a random crop to learn, the middle to be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlc_core.backbones import Preprocess

if TYPE_CHECKING:
    import torch

_LOG_RATIO = float(np.log(4 / 3))  # width to height, from 3/4 to 4/3


def random_views(
    pixels: torch.Tensor,
    preprocess: Preprocess,
    *,
    side: int,
    smallest_crop: float,
    flip: bool,
    rng: np.random.Generator,
) -> torch.Tensor:
    """Return a random resized crop of each picture, half of them mirrored, normalised.

    As torchvision's RandomResizedCrop: area uniform in [smallest_crop, 1], the logarithm of the
    ratio of sides uniform in [log 3/4, log 4/3], place uniform; a side that would be longer than
    the picture is cut to it instead of drawn again. Sampled bilinearly, all pictures in one call.

    Args:
        pixels: (b, S, S, 3) uint8.
        preprocess: its mean and std.
        side: of the crops.
        smallest_crop: in (0, 1].
        flip: whether to mirror half of them.
        rng: what is drawn.

    Returns:
        (b, 3, side, side) float32, channels last in memory.
    """
    import torch
    from torch.nn.functional import affine_grid, grid_sample

    count = len(pixels)
    area = rng.uniform(smallest_crop, 1.0, count)
    ratio = np.exp(rng.uniform(-_LOG_RATIO, _LOG_RATIO, count))
    width = np.minimum(np.sqrt(area * ratio), 1.0)  # as shares of the picture's side
    height = np.minimum(np.sqrt(area / ratio), 1.0)
    middle_x = width / 2 + rng.uniform(size=count) * (1 - width)
    middle_y = height / 2 + rng.uniform(size=count) * (1 - height)
    mirror = np.where(rng.uniform(size=count) < 0.5, -1.0, 1.0) if flip else np.ones(count)
    boxes = np.zeros((count, 2, 3), dtype=np.float32)
    boxes[:, 0, 0], boxes[:, 0, 2] = mirror * width, 2 * middle_x - 1
    boxes[:, 1, 1], boxes[:, 1, 2] = height, 2 * middle_y - 1
    grid = affine_grid(
        torch.from_numpy(boxes).to(pixels.device), [count, 3, side, side], align_corners=False
    )
    values = preprocess.model_input(pixels)
    views = grid_sample(values, grid, padding_mode="border", align_corners=False)
    return views.contiguous(memory_format=torch.channels_last)


def middle_views(pixels: torch.Tensor, preprocess: Preprocess, *, side: int) -> torch.Tensor:
    """Return the middle of each picture, normalised: (b, S, S, 3) -> (b, 3, side, side)."""
    first = round((pixels.shape[1] - side) / 2)
    return preprocess.model_input(pixels[:, first : first + side, first : first + side])
