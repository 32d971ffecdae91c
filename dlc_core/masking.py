"""Weight masks of growing size: one sort of all weights, then a cut for each mask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dlc_core.errors import DLCError

if TYPE_CHECKING:
    import torch
    from torch import nn


def masked_counts(weights: int, *, masks: int, interval: float) -> NDArray[np.int64]:
    """Return how many weights each mask zeroes.

    Mask 0 zeroes none; each further one zeroes round(interval * remaining) more.

    Args:
        weights: number of maskable weights, P.
        masks: T >= 1.
        interval: share of the remaining weights that each step masks, in [0, 1).

    Returns:
        (T,) counts, growing from 0.

    Raises:
        DLCError: if masks or interval are out of range.

    Reference: arXiv 2402.05356, section 3 (T = 50, interval = 0.02); DESIGN section 2.
    """
    if masks < 1:
        raise DLCError(f"masks must be a whole number of at least 1, got {masks}.")
    if not 0 <= interval < 1:
        raise DLCError(f"interval must be in [0, 1), got {interval}.")
    counts = [0]
    for _ in range(masks - 1):
        counts.append(counts[-1] + round(interval * (weights - counts[-1])))
    return np.array(counts, dtype=np.int64)


def maskable_parameters(
    encoder: nn.Module, *, convolutions: bool = True
) -> list[tuple[str, torch.Tensor]]:
    """Return the weights that masks may zero, in module order.

    They are those of Linear layers, attention in-projections and, unless `convolutions` is False
    (ViT and Swin), Conv2d; never norms or biases. The head is no part of the encoder.

    Raises:
        DLCError: if there is none.
    """
    from torch import nn

    found: list[tuple[str, torch.Tensor]] = []
    seen: set[int] = set()
    for module_name, module in encoder.named_modules():
        names = ["weight"] if isinstance(module, nn.Linear) else []
        if convolutions and isinstance(module, nn.Conv2d):
            names = ["weight"]
        if isinstance(module, nn.MultiheadAttention):
            names = [
                name
                for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight")
                if getattr(module, name) is not None
            ]
        for name in names:
            weight = getattr(module, name)
            if id(weight) not in seen:  # tied weights count once
                seen.add(id(weight))
                found.append((f"{module_name}.{name}".lstrip("."), weight))
    if not found:
        raise DLCError("this backbone has no Conv2d or Linear weights that could be masked.")
    return found


def magnitude_ranks(weights: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """Return each weight's place in the global order of |w|, smallest first.

    Ties go to the lowest flat index, over all tensors in the order given.
    """
    import torch

    flat = torch.cat([weight.detach().abs().flatten() for weight in weights])
    return _ranks(torch.sort(flat, stable=True).indices, weights)


def random_ranks(weights: Sequence[torch.Tensor], *, seed: int = 0) -> list[torch.Tensor]:
    """Return each weight's place in a random global order (the paper's ablation)."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    total = sum(weight.numel() for weight in weights)
    return _ranks(torch.randperm(total, generator=generator), weights)


def _ranks(order: torch.Tensor, weights: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    import torch

    ranks = torch.empty_like(order)
    ranks[order] = torch.arange(len(order), device=order.device)
    parts = torch.split(ranks, [weight.numel() for weight in weights])
    return [
        part.reshape(weight.shape).to(weight.device)
        for part, weight in zip(parts, weights, strict=True)
    ]


MASKINGS: dict[str, Callable[[Sequence[torch.Tensor], int], list[torch.Tensor]]] = {
    "l1": lambda weights, _seed: magnitude_ranks(weights),
    "random": lambda weights, seed: random_ranks(weights, seed=seed),
}


@contextmanager
def masker(
    weights: Sequence[torch.Tensor], *, masking: str = "l1", seed: int = 0
) -> Iterator[Callable[[int], None]]:
    """Yield a function that zeroes the `count` first weights in place; restore all on leaving.

    Args:
        weights: the maskable parameters.
        masking: "l1" (smallest magnitude first) or "random".
        seed: of the random order.

    Raises:
        DLCError: if the masking is unknown.
    """
    import torch

    if masking not in MASKINGS:
        raise DLCError(f"masking must be one of {', '.join(MASKINGS)}, got {masking!r}.")
    originals = [weight.detach().clone() for weight in weights]
    ranks = MASKINGS[masking](weights, seed)

    def apply(count: int) -> None:
        with torch.no_grad():
            for weight, original, rank in zip(weights, originals, ranks, strict=True):
                weight.copy_(original * (rank >= count))

    try:
        yield apply
    finally:
        with torch.no_grad():
            for weight, original in zip(weights, originals, strict=True):
                weight.copy_(original)
