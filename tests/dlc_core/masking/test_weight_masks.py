from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from dlc_core.errors import DLCError
from dlc_core.masking.weight_masks import apply_mask, mask_steps, maskable_parameters, masked_counts


def network(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 5)
    )


def layers(model: nn.Sequential) -> list[nn.Conv2d | nn.Linear]:
    convolution, linear = model[0], model[4]
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(linear, nn.Linear)
    return [convolution, linear]


def literal_masks(model: nn.Sequential, masks: int, interval: float) -> list[list[torch.Tensor]]:
    """What DESIGN section 2 says, one weight at a time, on plain lists."""
    weights = [layer.weight for layer in layers(model)]
    flat = [abs(float(value)) for weight in weights for value in weight.detach().flatten()]
    fallen: set[int] = set()
    found = []
    for t in range(masks):
        if t:
            remaining = sorted((value, i) for i, value in enumerate(flat) if i not in fallen)
            fallen |= {i for _, i in remaining[: round(interval * len(remaining))]}
        keep = torch.tensor([0.0 if i in fallen else 1.0 for i in range(len(flat))])
        parts = torch.split(keep, [weight.numel() for weight in weights])
        found.append([p.reshape(w.shape) for p, w in zip(parts, weights, strict=True)])
    return found


@pytest.mark.parametrize(("masks", "interval"), [(1, 0.02), (6, 0.2), (4, 0.5), (3, 0.0)])
def test_masks_are_the_literal_ones(masks: int, interval: float) -> None:
    model = network()
    with torch.no_grad():  # ties and zeros
        convolution, linear = layers(model)
        linear.weight[:, ::3] = 0.25
        linear.weight[:, 1::7] = 0.0
        convolution.weight[0] = -0.25
    expected = literal_masks(model, masks, interval)
    weights = [weight for _, weight in maskable_parameters(model)]
    originals = [weight.clone() for weight in weights]
    counts = masked_counts(sum(w.numel() for w in weights), masks=masks, interval=interval)
    steps = mask_steps(weights, counts)
    for t in (*reversed(range(masks)), *range(masks)):  # in any order
        apply_mask(weights, originals, steps, t)
        for weight, original, keep in zip(weights, originals, expected[t], strict=True):
            assert torch.equal(weight, original * keep)
    apply_mask(weights, originals, steps, 0)
    for weight, original in zip(weights, originals, strict=True):
        assert torch.equal(weight, original)


def test_masks_are_those_of_global_unstructured() -> None:
    model, reference = network(3), network(3)
    weights = [weight for _, weight in maskable_parameters(model)]
    counts = masked_counts(sum(w.numel() for w in weights), masks=8, interval=0.1)
    pruned = [(layer, "weight") for layer in layers(reference)]
    originals, steps = [weight.clone() for weight in weights], mask_steps(weights, counts)
    for t in range(8):
        if t:
            prune.global_unstructured(pruned, prune.L1Unstructured, amount=0.1)
        apply_mask(weights, originals, steps, t)
        for ours, theirs in zip(layers(model), layers(reference), strict=True):
            assert torch.equal(ours.weight, theirs.weight)


def test_random_masks_grow_and_depend_on_the_seed() -> None:
    weights = [weight for _, weight in maskable_parameters(network())]
    counts = np.array([0, 100, 300])
    seen = []
    for seed in (0, 0, 1):
        steps = mask_steps(weights, counts, masking="random", seed=seed)
        for mask, count in enumerate(counts):
            assert sum(int((step <= mask).sum()) for step in steps) == count
        seen.append(torch.cat([step.flatten() for step in steps]))
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[0], seen[2])


def test_paper_schedule_masks_62_8_percent() -> None:
    counts = masked_counts(1_000_000, masks=50, interval=0.02)
    assert counts[0] == 0
    assert counts[-1] / 1_000_000 == pytest.approx(0.628, abs=5e-4)


def test_norms_biases_and_convolutions_of_transformers_are_left_alone() -> None:
    model = network()
    assert [name for name, _ in maskable_parameters(model)] == ["0.weight", "4.weight"]
    assert [n for n, _ in maskable_parameters(model, convolutions=False)] == ["4.weight"]
    attention = nn.MultiheadAttention(8, 2)
    names = [name for name, _ in maskable_parameters(attention)]
    assert names == ["in_proj_weight", "out_proj.weight"]


def test_tied_weights_count_once() -> None:
    tied = nn.Linear(4, 4)
    other = nn.Linear(4, 4)
    other.weight = tied.weight
    assert len(maskable_parameters(nn.Sequential(tied, other))) == 1


def test_errors_say_what_came() -> None:
    with pytest.raises(DLCError, match=r"interval must be in \[0, 1\), got 1"):
        masked_counts(10, masks=2, interval=1.0)
    with pytest.raises(DLCError, match="masks must be a whole number of at least 1, got 0"):
        masked_counts(10, masks=0, interval=0.1)
    with pytest.raises(DLCError, match="no Conv2d or Linear"):
        maskable_parameters(nn.ReLU())
    with pytest.raises(DLCError, match="masking must be one of l1, random"):
        mask_steps([], np.array([0]), masking="x")
