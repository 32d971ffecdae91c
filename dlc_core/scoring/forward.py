"""Forward passes: pixels of many samples to pooled features, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dlc_core.backbones import Backbone
from dlc_core.errors import DLCError

if TYPE_CHECKING:
    from dlc_core.scoring.decoding import Pixels

_PIXELS_A_BATCH = 1_700_000


def batch_size(crop: int) -> int:
    """Return how many crops of this side go through the model at once."""
    return max(4, min(256, _PIXELS_A_BATCH // crop**2))


def feature_batches(
    backbone: Backbone, pixels: Pixels, *, device: str
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Yield (rows, their pooled features (rows, D) float32) of all samples in order.

    Raises:
        DLCError: if the encoder does not return one vector per image.
    """
    import torch

    size = batch_size(backbone.preprocess.crop)
    for start in range(0, len(pixels), size):
        rows = slice(start, min(start + size, len(pixels)))
        with torch.inference_mode():
            batch = torch.from_numpy(pixels[rows]).to(device)
            features = backbone.encoder(backbone.preprocess.normalise(batch))
        if features.ndim != 2 or len(features) != len(batch):
            raise DLCError(
                f"the backbone must return one feature vector per image, (N, D), got "
                f"{tuple(features.shape)} for {len(batch)} images."
            )
        yield rows, features.float().cpu().numpy()


def require_input(backbone: Backbone, *, device: str) -> None:
    """Send one blank image through the backbone before thousands are decoded.

    Raises:
        DLCError: if the backbone cannot take crops of this size.
    """
    import torch

    crop = backbone.preprocess.crop
    blank = torch.zeros((1, 3, crop, crop), dtype=torch.uint8, device=device)
    try:
        with torch.inference_mode():
            backbone.encoder(backbone.preprocess.normalise(blank))
    except (RuntimeError, AssertionError, ValueError) as error:
        reason = " ".join(str(error).split())[:120]
        raise DLCError(
            f"{backbone.name} cannot take crops of {crop} pixels ({reason}); choose another --crop."
        ) from error


@contextmanager
def full_float32() -> Iterator[None]:
    """Keep TF32 out of the forward passes: `exact` means float32."""
    import torch

    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before
