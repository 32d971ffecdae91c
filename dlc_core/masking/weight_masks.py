"""Weight masks of growing size: one sort of all weights, then a cut for each mask."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

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
        if names:
            _require_own_weights(module)
        if type(module).__name__ == "Conv1D" and isinstance(getattr(module, "nx", None), int):
            names = ["weight"]  # transformers' linear layer with its weight transposed
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


def _require_own_weights(layer: Any) -> None:
    """Refuse a layer that does not use its weights as they are, as one that standardises them.

    A mask's zeros would not stay. With weights twice as large, the output must be twice as large.
    """
    import torch
    from torch import nn

    if type(layer) in (nn.Conv2d, nn.Linear) or layer.weight.is_meta:
        return
    shape = [1, layer.in_features] if isinstance(layer, nn.Linear) else [1, layer.in_channels]
    if isinstance(layer, nn.Conv2d):
        shape += [d * (k - 1) + 1 for k, d in zip(layer.kernel_size, layer.dilation, strict=True)]
    weight = layer.weight.detach()
    image = torch.linspace(-1, 1, math.prod(shape)).reshape(shape).to(weight)
    try:
        with torch.no_grad():
            once, twice, none = (
                torch.func.functional_call(layer, {"weight": factor * weight}, (image,))
                for factor in (1, 2, 0)
            )
    except (RuntimeError, TypeError, ValueError, AttributeError):  # called in a way of its own
        return
    if not torch.allclose(twice - none, 2 * (once - none), rtol=1e-2, atol=1e-6):
        raise DLCError(
            f"this backbone has layers ({type(layer).__name__}) that standardise their weights, or "
            "compute others of them, whenever they are called, so that a mask would not hold; "
            "choose another one."
        )


def magnitude_order(weights: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return the flat indices, over all tensors, in the order in which masks take them, (P,).

    The smallest |w| comes first; ties go to the lowest flat index.
    """
    import torch

    flat = torch.cat([weight.detach().abs().flatten() for weight in weights])
    return torch.sort(flat, stable=True).indices


def random_order(weights: Sequence[torch.Tensor], *, seed: int = 0) -> torch.Tensor:
    """Return the flat indices in a random order (the paper's ablation), (P,)."""
    import torch

    total = sum(weight.numel() for weight in weights)
    return torch.randperm(total, generator=torch.Generator().manual_seed(seed))


MASKINGS: dict[str, Callable[[Sequence[torch.Tensor], int], torch.Tensor]] = {
    "l1": lambda weights, _seed: magnitude_order(weights),
    "random": lambda weights, seed: random_order(weights, seed=seed),
}


def mask_steps(
    weights: Sequence[torch.Tensor],
    counts: NDArray[np.int64],
    *,
    masking: str = "l1",
    seed: int = 0,
) -> list[torch.Tensor]:
    """Return the first mask that zeroes each weight, from one sort of all of them.

    Args:
        weights: the maskable parameters.
        counts: (T,) weights zeroed by each mask, growing.
        masking: "l1" (smallest magnitude first) or "random".
        seed: of the random order.

    Returns:
        For each tensor one of its shape, int16; T where no mask takes the weight.

    Raises:
        DLCError: if the masking is unknown.
    """
    import torch

    if masking not in MASKINGS:
        raise DLCError(f"masking must be one of {', '.join(MASKINGS)}, got {masking!r}.")
    order = MASKINGS[masking](weights, seed)
    steps = torch.full((len(order),), len(counts), dtype=torch.int16, device=order.device)
    before = 0
    for mask, count in enumerate(counts.tolist()):
        steps[order[before:count]] = mask
        before = max(before, count)
    parts = torch.split(steps, [weight.numel() for weight in weights])
    return [part.reshape(weight.shape) for part, weight in zip(parts, weights, strict=True)]


def apply_mask(
    weights: Sequence[torch.Tensor],
    originals: Sequence[torch.Tensor],
    steps: Sequence[torch.Tensor],
    mask: int,
) -> None:
    """Overwrite weights with their originals under one mask; mask 0 restores them exactly.

    Args:
        weights: changed in place.
        originals: what they are without a mask, as many and of the same shapes.
        steps: from `mask_steps`, on the weights' device.
        mask: t, in [0, T).
    """
    import torch

    with torch.no_grad():
        for weight, original, step in zip(weights, originals, steps, strict=True):
            torch.mul(original, step > mask, out=weight)
