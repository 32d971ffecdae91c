"""The training-based scores against their papers' formulas, one sample at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from benchmarks.trained_scores import (
    Forgetting,
    el2n,
    entropy,
    grand,
    least_confidence,
    margin,
)
from dlc_core.backbones import load_backbone
from dlc_core.datasets import load_dataset
from dlc_core.records.progress import Meter, silent
from dlc_core.training.augmentation import middle_views
from dlc_core.training.finetune_loop import Training
from dlc_core.training.finetune_settings import FinetuneSettings
from dlc_core.training.images import TrainingImages, stored
from dlc_core.training.network import fresh_network


def _softmax(row: list[float]) -> list[float]:
    total = math.fsum(math.exp(v) for v in row)
    return [math.exp(v) / total for v in row]


def test_scores_of_logits() -> None:
    logits = np.random.default_rng(0).normal(size=(20, 4)) * 3
    targets = np.arange(20) % 4
    for i, row in enumerate(logits.tolist()):
        p = _softmax(row)
        errors = [(p[c] - (c == targets[i])) ** 2 for c in range(4)]
        assert el2n(logits, targets)[i] == pytest.approx(math.sqrt(math.fsum(errors)))
        assert entropy(logits)[i] == pytest.approx(-math.fsum(v * math.log(v) for v in p))
        first, second = sorted(p, reverse=True)[:2]
        assert margin(logits)[i] == pytest.approx(1 - (first - second))
        assert least_confidence(logits)[i] == pytest.approx(1 - first)


def test_forgetting_events() -> None:
    # Of four epochs, whether each of three samples was right: forgotten twice, never learned, kept.
    history = [
        [True, False, False],
        [False, False, True],
        [True, False, True],
        [False, False, True],
    ]
    watch = Forgetting(np.array([1, 1, 0]))
    for epoch, right in enumerate(history):
        said = [t if ok else 1 - t for t, ok in zip([1, 1, 0], right, strict=True)]
        for place in (2, 0, 1):  # one by one, in another order than the samples'
            logits = torch.tensor([[1.0 - said[place], float(said[place])]])
            watch(epoch, np.array([place]), logits)
    np.testing.assert_array_equal(watch.scores(), [2, 5, 0])


def test_gradient_norms() -> None:
    dataset, backbone = load_dataset("digits").limited(6), load_backbone("demo")
    training = Training(backbone, FinetuneSettings(device="cpu"), "cpu")
    preprocess = stored(backbone.images(), 32)
    images = TrainingImages(dataset, preprocess, memory_bytes=1 << 20, meter=Meter(silent))
    network = fresh_network(backbone, 10, side=32, seed=0, device="cpu")
    found = grand(training, network, images, np.arange(6), dataset.class_ids)
    pixels = next(images.batches([np.arange(6)]))
    for i in range(6):
        network.zero_grad()
        views = middle_views(torch.from_numpy(pixels[i : i + 1]), preprocess, side=32)
        loss = cross_entropy(network(views), torch.tensor(dataset.class_ids[i : i + 1]))
        torch.autograd.backward(loss)
        flat = torch.cat([w.grad.flatten() for w in network.parameters() if w.grad is not None])
        assert found[i] == pytest.approx(float(flat.norm()), rel=1e-4)
