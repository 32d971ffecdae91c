"""How a Hugging Face model prepares images: by its own processor, which ours is compared with."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dlc_core.backbones.preprocess import Preprocess
from dlc_core.errors import DLCError, reason_of

FILES = ("preprocessor_config.json", "processor_config.json")
_RESAMPLE = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}
_ALIKE = 0.01  # mean difference of normalised pixels; rounding alone makes below 0.001


def preprocess_of(transformers: Any, folder: Path, said: dict[str, Any], name: str) -> Preprocess:
    """Return the transform that makes the same images as the model's own processor.

    What the processor's numbers mean depends on its class (a crop_pct, a squash before the crop,
    another order of the channels), so ours are tried on an image and the one that agrees is taken.

    Args:
        transformers: the library.
        folder: where the processor's file is.
        said: what that file says.
        name: of the model, for the sentence.

    Raises:
        DLCError: if the library has no such processor, or none of ours does as it does.
    """
    try:
        own = _processor(transformers, folder, said)
        image = _test_image()
        found = own(images=image, return_tensors="pt")["pixel_values"]
        expected = np.asarray(found[0], dtype=np.float64)  # (3, crop, crop)
        tried = list(_candidates(own, expected.shape))
    except Exception as error:  # of damaged values, in whatever part of the library
        reason = reason_of(error)
        raise DLCError(f"the image processor of {name} cannot be used ({reason}).") from error
    differences = [_difference(one, image, expected) for one in tried]
    best = int(np.argmin(differences)) if differences else 0
    if not differences or differences[best] > _ALIKE:
        raise DLCError(
            f"{name} prepares images in a way that is not made here ({type(own).__name__}); export "
            "its encoder with that built in (export:FILE), or take the model from timm."
        )
    return tried[best]


def _processor(transformers: Any, folder: Path, said: dict[str, Any]) -> Any:
    """Return the library's processor; no code of the model's folder is run."""
    kind = str(said.get("image_processor_type") or said.get("feature_extractor_type") or "")
    named = getattr(transformers, kind.replace("FeatureExtractor", "ImageProcessor"), None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind.endswith("FeatureExtractor") and named is not None:
            return named.from_pretrained(folder, local_files_only=True)
        return transformers.AutoImageProcessor.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )


def _candidates(own: Any, shape: tuple[int, ...]) -> Iterator[Preprocess]:
    """Yield what the processor's numbers may mean."""
    if len(shape) != 3 or shape[0] != 3 or shape[1] != shape[2]:
        return
    crop = int(shape[1])
    size = own.size
    side = int(_of(size, "shortest_edge") or _of(size, "height") or crop)
    part = float(getattr(own, "crop_pct", None) or 1)
    normalised = bool(getattr(own, "do_normalize", True))
    given: dict[str, Any] = {
        "crop": crop,
        "mean": tuple(map(float, own.image_mean)) if normalised else (0.0, 0.0, 0.0),
        "std": tuple(map(float, own.image_std)) if normalised else (1.0, 1.0, 1.0),
        "interpolation": _RESAMPLE.get(int(own.resample), "bicubic"),
    }
    ways = [(side, False), (side, True), (crop, True), (int(side / part), False)]
    ways.append((int(256 / 224 * side), False))  # LeViT's own
    for resize, squash in dict.fromkeys(ways):
        yield Preprocess(resize=resize, squash=squash, **given)


def _of(size: Any, key: str) -> Any:
    return size.get(key) if isinstance(size, dict) else getattr(size, key, None)


def _test_image() -> Image.Image:
    """Return a smooth oblong image without any symmetry."""
    noise = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((800, 600), Image.Resampling.BICUBIC)


def _difference(one: Preprocess, image: Image.Image, expected: np.ndarray[Any, Any]) -> float:
    import torch

    made = one.model_input(torch.from_numpy(one.pixels(image))[None])[0].numpy()
    return float(np.abs(made - expected).mean())
