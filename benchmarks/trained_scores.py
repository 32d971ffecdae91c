"""Scores that need training, as their papers define them; higher = harder, kept first.

Forgetting: Toneva et al. 2019 (arXiv 1812.05159). EL2N and GraNd: Paul et al. 2021 (arXiv
2107.07075). Entropy, margin and least confidence of a trained network: Coleman et al. 2020
(arXiv 1906.11829).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from dlc_core.training.augmentation import middle_views
from dlc_core.training.finetune_loop import Training
from dlc_core.training.images import TrainingImages

if TYPE_CHECKING:
    from torch import nn

Scores = NDArray[np.float64]


class Forgetting:
    """Counts how often a sample that was classified rightly when last seen is no longer.

    Give it to `Training.train` as `watch`: it looks at each batch before the step on it. A sample
    that was never right counts as forgotten more often than any could be.
    """

    def __init__(self, targets: NDArray[np.int64]) -> None:
        """Take the classes, (N,); nothing is right yet."""
        self._targets = targets
        self._right = np.zeros(len(targets), dtype=np.bool_)
        self._ever = np.zeros(len(targets), dtype=np.bool_)
        self._events = np.zeros(len(targets), dtype=np.int64)
        self._epochs = 0

    def __call__(self, epoch: int, places: NDArray[np.int64], logits: torch.Tensor) -> None:
        """Take a batch's logits, (b, C), of the samples at `places`, (b,)."""
        right = logits.argmax(dim=1).cpu().numpy() == self._targets[places]
        self._events[places] += self._right[places] & ~right
        self._right[places] = right
        self._ever[places] |= right
        self._epochs = max(self._epochs, epoch + 1)

    def scores(self) -> Scores:
        """Return the number of forgetting events of each sample, (N,)."""
        return np.where(self._ever, self._events, self._epochs + 1).astype(np.float64)


def probabilities(logits: NDArray[np.floating]) -> Scores:
    """Return the softmax of logits, (N, C) -> (N, C)."""
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def el2n(logits: NDArray[np.floating], targets: NDArray[np.int64]) -> Scores:
    """Return ||p - y||_2 of each sample, (N,); the paper takes its mean over networks."""
    error = probabilities(logits)
    error[np.arange(len(targets)), targets] -= 1
    return np.asarray(np.linalg.norm(error, axis=1))


def entropy(logits: NDArray[np.floating]) -> Scores:
    """Return -sum_c p_c log p_c of each sample, (N,)."""
    p = probabilities(logits)
    return np.asarray(-(p * np.log(np.maximum(p, 1e-300))).sum(axis=1))


def margin(logits: NDArray[np.floating]) -> Scores:
    """Return 1 - (p_1 - p_2) of each sample, (N,): of its two most probable classes."""
    two = np.sort(probabilities(logits), axis=1)[:, -2:]
    return np.asarray(1 - (two[:, 1] - two[:, 0]))


def least_confidence(logits: NDArray[np.floating]) -> Scores:
    """Return 1 - max_c p_c of each sample, (N,)."""
    return np.asarray(1 - probabilities(logits).max(axis=1))


def grand(
    training: Training,
    network: nn.Sequential,
    images: TrainingImages,
    rows: NDArray[np.int64],
    targets: NDArray[np.int64],
) -> Scores:
    """Return the norm of the loss's gradient by all weights, sample by sample, (N,).

    The paper takes its mean over networks. Batch norms use their running statistics, so that one
    sample's gradient does not depend on another.
    """
    network.eval()
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    found = []
    singles = images.batches([rows[i : i + 1] for i in range(len(rows))])
    for pixels, target in zip(singles, targets, strict=True):
        views = middle_views(
            torch.from_numpy(pixels).to(training.device),
            training.backbone.images(),
            side=training.side,
        )
        loss = cross_entropy(network(views), torch.tensor([int(target)], device=views.device))
        gradients = torch.autograd.grad(loss, weights)
        found.append(float(sum(g.double().square().sum() for g in gradients)) ** 0.5)
    return np.array(found)
