"""An encoder that may change, and a fresh linear head on it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from dlc_core.backbones import Backbone
from dlc_core.errors import DLCError, reason_of

if TYPE_CHECKING:
    import torch
    from torch import nn


def fresh_network(
    backbone: Backbone, classes: int, *, side: int, seed: int, device: str
) -> nn.Sequential:
    """Return a copy of the encoder with a new head: (b, 3, side, side) -> (b, classes).

    The head's weights are drawn as PyTorch draws those of a linear layer, from the seed alone.

    Args:
        backbone: stays as it is.
        classes: outputs.
        side: of the crops it will see.
        seed: of the head.
        device: where the network goes.

    Raises:
        DLCError: if the encoder does not take crops of this side.
    """
    import torch
    from torch import nn

    encoder = copy.deepcopy(backbone.encoder).eval()
    try:
        with torch.inference_mode():
            features = encoder(torch.zeros(1, 3, side, side))
    except DLCError:  # a sentence already
        raise
    except (AssertionError, RuntimeError, ValueError) as error:
        reason = reason_of(error)
        raise DLCError(
            f"{backbone.name} does not take crops of {side} pixels ({reason}); choose another "
            f"--image-size, such as its own {backbone.images().crop}."
        ) from error
    if features.ndim != 2:
        raise DLCError(f"{backbone.name} returns no vector per image; it cannot be fine-tuned.")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        head = nn.Linear(features.shape[1], classes)
    network = nn.Sequential(encoder, head).requires_grad_(True).to(device)
    return network.to(memory_format=torch.channels_last)  # the quicker layout, on a CPU as well


def optimizer_of(
    network: nn.Sequential, *, learning_rate: float, head_factor: float, **more: Any
) -> torch.optim.SGD:
    """Return SGD over encoder and head; each group keeps its starting rate as `start`.

    Args:
        network: from `fresh_network`.
        learning_rate: of the encoder.
        head_factor: times that for the head.
        more: momentum, weight_decay.
    """
    import torch

    encoder, head = network
    groups = [
        {"params": list(module.parameters()), "lr": rate, "start": rate}
        for module, rate in ((encoder, learning_rate), (head, learning_rate * head_factor))
    ]
    return torch.optim.SGD(groups, nesterov=more.get("momentum", 0) > 0, **more)
