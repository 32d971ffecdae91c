"""Making an encoder quick: batch norms folded, channels last; checked to compute the same."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlc_core.backbones.backbone import Backbone
from dlc_core.backbones.batchnorm_folding import fold, foldable
from dlc_core.errors import DLCError, reason_of
from dlc_core.plurals import counted

if TYPE_CHECKING:
    import torch
    from torch import nn

_TOLERANCE = 1e-4  # of the largest feature; both changes are exact but for rounding


@dataclass(frozen=True)
class Deployed:
    """A working copy of an encoder.

    Attributes:
        encoder: the copy, float32; parameters keep their names, folded norms are identities.
        layout: the memory layout of its input.
        folded: how many batch norms were folded.
        dimension: D of its features.
    """

    encoder: nn.Module
    layout: torch.memory_format
    folded: int
    dimension: int


def deploy(backbone: Backbone, device: str) -> Deployed:
    """Return the quickest copy of the encoder whose features are those of the original.

    Call it with TF32 off: its rounding is coarser than the comparison.

    Raises:
        DLCError: if the encoder cannot take its input or returns no vector per sample.
    """
    import torch

    original = copy.deepcopy(backbone.encoder).cpu()  # MPS could not fold: it has no float64
    probe = _probe(backbone, device)
    expected = _expected(backbone, copy.deepcopy(original).to(device), probe)
    pairs = foldable(original)
    layouts = [torch.channels_last, torch.contiguous_format][probe.ndim != 4 :]
    for folding in (True, False) if pairs else (False,):
        for layout in layouts:
            encoder = copy.deepcopy(original).eval().requires_grad_(False)
            if folding:
                fold(encoder, pairs)
            encoder = encoder.to(device).to(memory_format=layout)
            if _agrees(encoder, probe.contiguous(memory_format=layout), expected):
                return Deployed(encoder, layout, folding * len(pairs), int(expected.shape[1]))
    raise DLCError(
        f"{backbone.name} returns other features for the same image each time; is it frozen?"
    )


def _probe(backbone: Backbone, device: str) -> torch.Tensor:
    """Return two samples of noise as the encoder sees them."""
    import torch

    values = torch.from_numpy(backbone.preprocess.example(2))
    return backbone.preprocess.model_input(values.to(device))


def _expected(backbone: Backbone, encoder: nn.Module, probe: torch.Tensor) -> torch.Tensor:
    import torch

    try:
        with torch.inference_mode():
            features = encoder(probe.contiguous())
            alone = encoder(probe[:1].contiguous())
    except DLCError:  # a sentence already
        raise
    except (RuntimeError, AssertionError, ValueError) as error:
        reason = reason_of(error)
        raise DLCError(
            f"{backbone.name} cannot take {backbone.preprocess.words} ({reason}); "
            f"{backbone.preprocess.way_out}."
        ) from error
    except Exception as error:  # whatever a model wants besides pixels, or stumbles over
        reason = reason_of(error)
        raise DLCError(
            f"{backbone.name} cannot be called with images alone ({reason}); choose another one."
        ) from error
    if not isinstance(features, torch.Tensor) or features.ndim != 2 or len(features) != len(probe):
        shape = tuple(features.shape) if isinstance(features, torch.Tensor) else type(features)
        raise DLCError(
            f"the backbone must return one feature vector per image, (N, D), got {shape} for "
            f"{counted(len(probe), 'image')}."
        )
    if not isinstance(alone, torch.Tensor) or alone.shape != features[:1].shape:
        raise DLCError(
            f"{backbone.name} gives {tuple(getattr(alone, 'shape', ()))} for one image and "
            f"{tuple(features.shape)} for two; expected a vector for each, however many there are."
        )
    if not features.shape[1]:
        raise DLCError(
            f"{backbone.name} gives vectors without a single number; it has no features."
        )
    if not features.is_floating_point():
        raise DLCError(f"the backbone must return floating-point features, got {features.dtype}.")
    if not _alike(alone, features[:1]):
        raise DLCError(
            f"the features that {backbone.name} gives for an image depend on the others in its "
            "batch, or on chance (a batch norm in training mode or without running statistics, or "
            "a dropout that stays on?); they must not."
        )
    return features


def _alike(found: torch.Tensor, expected: torch.Tensor) -> bool:
    import torch

    same = (found - expected).abs().max() <= _TOLERANCE * expected.abs().max()
    return bool(same) or not bool(torch.isfinite(expected).all())


def _agrees(encoder: nn.Module, probe: torch.Tensor, expected: torch.Tensor) -> bool:
    import torch

    try:
        with torch.inference_mode():
            found = encoder(probe)
    except RuntimeError:  # a view that wants another layout
        return False
    return _alike(found, expected)
