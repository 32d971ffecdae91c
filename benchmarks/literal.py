"""The paper's released procedure, written literally: the yardstick of benchmarks/speed.py.

Each mask prunes the weights anew over all of them with PyTorch's pruning, every image is opened,
decoded and transformed again for every pass, and the forward passes are float32 in PyTorch's
default layout, batches of 64, decoded by one worker process per core. The transform is the
deterministic one, so that only the procedure differs. Written from the paper (arXiv 2402.05356,
section 3) and PyTorch's documentation; no code of the authors is used.
"""

from __future__ import annotations

import copy
import multiprocessing
import os
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn
from torch.nn.utils import prune
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from torchvision.transforms import v2

from dlc_core.backbones import Backbone
from dlc_core.datasets import Dataset
from dlc_core.masking.weight_masks import maskable_parameters

BATCH = 64


class Images(TorchDataset[torch.Tensor]):
    """Opens, decodes and transforms an image each time that it is asked for."""

    def __init__(self, dataset: Dataset, backbone: Backbone) -> None:
        """Build torchvision's own evaluation transform."""
        self.dataset = dataset
        self.decodes = multiprocessing.Value("q", 0)  # counted over all worker processes
        how = backbone.images()
        self.transform = v2.Compose(
            [
                v2.Resize(how.resize, interpolation=v2.InterpolationMode(how.interpolation)),
                v2.CenterCrop(how.crop),
                v2.PILToTensor(),
                v2.ToDtype(torch.float32, scale=True),
                v2.Normalize(how.mean, how.std),
            ]
        )

    def __len__(self) -> int:
        """Return N."""
        return len(self.dataset.samples)

    def __getitem__(self, place: int) -> torch.Tensor:
        """Return one image as the backbone sees it, (3, crop, crop) float32."""
        with self.decodes.get_lock():
            self.decodes.value += 1
        image: Image.Image = self.dataset.read(self.dataset.samples[place])
        return self.transform(image.convert("RGB"))  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Literal:
    """What the procedure found: (N,) scores, and how many images it decoded."""

    scores: NDArray[np.float64]
    decodes: int


def literal_scores(
    dataset: Dataset,
    backbone: Backbone,
    *,
    masks: int = 50,
    interval: float = 0.02,
    batch: int = BATCH,
) -> Literal:
    """Score a dataset the literal way."""
    encoder = copy.deepcopy(backbone.encoder)
    modules = dict(encoder.named_modules())
    named = maskable_parameters(encoder, convolutions=backbone.convolutions)
    pruned = [(modules[name.rpartition(".")[0]], "weight") for name, _ in named]
    images = Images(dataset, backbone)
    target = torch.from_numpy(np.unique(dataset.class_ids, return_inverse=True)[1])
    total = torch.zeros(len(images), dtype=torch.float64)
    for mask in range(masks):
        if mask:
            prune.global_unstructured(pruned, pruning_method=prune.L1Unstructured, amount=interval)
        features = _features(encoder, images, batch)
        if not mask:
            centroids = torch.stack(
                [features[target == c].mean(dim=0) for c in range(int(target.max()) + 1)]
            )
        distances = torch.cdist(features, centroids, compute_mode="donot_use_mm_for_euclid_dist")
        logits = 1 / distances.clamp_min(1e-6)
        total += nn.functional.cross_entropy(logits, target, reduction="none")
    return Literal((total / masks).numpy(), images.decodes.value)


def _features(encoder: nn.Module, images: Images, batch: int) -> torch.Tensor:
    loader = DataLoader(images, batch_size=batch, num_workers=os.cpu_count() or 1)
    with torch.no_grad():
        parts = [encoder(part) for part in loader]
    return torch.cat(parts).double()
