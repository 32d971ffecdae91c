"""Images are made as each model's own processor makes them; what cannot be is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from dlc_core.backbones.huggingface_images import preprocess_of
from dlc_core.errors import DLCError

HALF = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
OWN = {"image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.3, 0.25]}
SHORT = {"size": {"shortest_edge": 64}}

# What such files say: a number means another thing to each class.
PROCESSORS: dict[str, dict[str, Any]] = {
    "ViT squashes": {"image_processor_type": "ViTImageProcessor", "size": 64, "resample": 2, **OWN},
    "an old name": {"feature_extractor_type": "ViTFeatureExtractor", "size": 64, **HALF},
    "an old name in a new file": {
        "image_processor_type": "ViTFeatureExtractor", "size": {"height": 64, "width": 64},
    },
    "its own mean": {"image_processor_type": "ViTImageProcessor", "size": 64},
    "DeiT squashes, then crops": {
        "image_processor_type": "DeiTImageProcessor", "size": 72, "crop_size": 64, "resample": 3,
    },
    "ConvNeXt's crop_pct": {
        "image_processor_type": "ConvNextImageProcessor", "size": 224, "crop_pct": 0.875, **OWN,
    },
    "ConvNeXt from 384 on": {"image_processor_type": "ConvNextImageProcessor", "size": 384},
    "LeViT": {"image_processor_type": "LevitImageProcessor", "size": 64, "crop_size": 64},
    "PoolFormer": {
        "image_processor_type": "PoolFormerImageProcessor", "size": 224, "crop_pct": 0.9,
        "crop_size": 224,
    },
    "DINOv2": {"image_processor_type": "BitImageProcessor", "crop_size": 56, **SHORT, **OWN},
    "CLIP": {"image_processor_type": "CLIPImageProcessor", "crop_size": 64, **SHORT},
    "SigLIP": {
        "image_processor_type": "SiglipImageProcessor", "size": {"height": 64, "width": 64},
    },
}  # fmt: skip


def written(folder: Path, said: dict[str, Any]) -> Path:
    (folder / "preprocessor_config.json").write_text(json.dumps(said))
    return folder


@pytest.mark.parametrize("name", PROCESSORS)
@pytest.mark.parametrize("size", [(300, 200), (150, 400)])
def test_pixels_are_those_of_the_models_own_processor(
    name: str, size: tuple[int, int], tmp_path: Path
) -> None:
    said = PROCESSORS[name]
    ours = preprocess_of(transformers, written(tmp_path, said), said, "it")
    kind = str(said.get("image_processor_type") or said["feature_extractor_type"])
    theirs = getattr(transformers, kind.replace("FeatureExtractor", "ImageProcessor"))
    noise = np.random.default_rng(3).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    image = Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)
    own = theirs.from_pretrained(tmp_path)(images=image, return_tensors="pt")["pixel_values"][0]
    made = ours.model_input(torch.from_numpy(ours.pixels(image))[None])[0]
    assert made.shape == own.shape
    assert float((made - own).abs().mean()) < 0.005


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            {"image_processor_type": "MobileViTImageProcessor", "size": 72, "crop_size": 64},
            "in a way that is not made here",
        ),
        ({"image_processor_type": "ViTImageProcessor", "size": 64, "image_mean": "abc"}, "used"),
        ({"image_processor_type": "ViTImageProcessor", "size": 64, "resample": [1]}, "used"),
        ({"image_processor_type": "NobodysProcessor", "size": 64}, "cannot be used"),
        ({}, "cannot be used"),
    ],
)
def test_what_is_not_made_here_is_refused(said: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(DLCError, match=words):
        preprocess_of(transformers, written(tmp_path, said), said, "it")


def test_code_beside_a_model_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    (tmp_path / "own.py").write_text("open('evil.txt', 'w')\nclass Own: pass\n")
    said = {"image_processor_type": "Own", "auto_map": {"AutoImageProcessor": "own.Own"}}
    with pytest.raises(DLCError, match="cannot be used"):
        preprocess_of(transformers, written(tmp_path, said), said, "own")
    assert not (tmp_path / "evil.txt").exists()
