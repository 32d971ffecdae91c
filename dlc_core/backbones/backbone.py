"""A backbone: a frozen pre-trained encoder with its own preprocessing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from dlc_core.backbones.preprocess import Preprocess
from dlc_core.errors import DLCError
from dlc_core.masking.weight_masks import maskable_parameters
from dlc_core.modalities.base import Preprocessing

if TYPE_CHECKING:
    import torch
    from torch import nn

    from dlc_core.backbones.program_process import ProgramProcess


@dataclass(frozen=True)
class Backbone:
    """A frozen encoder.

    Attributes:
        name: as it was asked for.
        encoder: maps what its preprocessing gives, such as (N, 3, crop, crop) float32, to outputs
            (N, D): pooled features, head removed.
        preprocess: its own preprocessing, such as an evaluation transform of images.
        weights: where the weights came from, for people.
        convolutions: whether masks may zero convolutions (False for ViT and Swin).
        pooling: how features are pooled, for people.
        masked: names of the parameters that masks may zero; None = as `maskable_parameters` finds.
        process: where a stranger's program runs; None = the encoder is code that is trusted.
    """

    name: str
    encoder: nn.Module
    preprocess: Preprocessing
    weights: str
    convolutions: bool = True
    pooling: str = "the input of the classifier"
    masked: tuple[str, ...] | None = None
    process: ProgramProcess | None = None

    def maskable(self) -> list[tuple[str, torch.Tensor]]:
        """Return the weights that masks may zero, by name, in module order.

        Raises:
            DLCError: if there is none.
        """
        if self.masked is None:
            return maskable_parameters(self.encoder, convolutions=self.convolutions)
        return [(name, weight_of(self.encoder, name)) for name in self.masked]

    def images(self) -> Preprocess:
        """Return the evaluation transform of a backbone that sees images.

        Raises:
            DLCError: if it sees something else.
        """
        if not isinstance(self.preprocess, Preprocess):
            raise DLCError(f"{self.name} is given {self.preprocess.words}; this needs images.")
        return self.preprocess

    def close(self) -> None:
        """End the process of a stranger's program; one that is needed later starts anew."""
        if self.process is not None:
            self.process.stop()

    def digest(self) -> str:
        """Return a hash of the encoder's weights: the same weights, the same digest."""
        return state_digest(self.encoder.state_dict())


def weight_of(module: nn.Module, name: str) -> torch.Tensor:
    """Return a module's weight by its dotted name; a script's is a tensor, no nn.Parameter."""
    found: torch.Tensor = attrgetter(name)(module)
    return found


def state_digest(state: dict[str, torch.Tensor]) -> str:
    """Return the BLAKE2b hash (hex, 16 bytes) of a state dict's names, shapes and values."""
    digest = hashlib.blake2b(digest_size=16)
    for name, tensor in sorted(state.items()):
        digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
