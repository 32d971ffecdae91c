"""A module of one's own as a backbone."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from dlc_core.backbones.backbone import Backbone
from dlc_core.backbones.preprocess import IMAGENET_MEAN, IMAGENET_STD, Preprocess
from dlc_core.backbones.timm_models import only_patches
from dlc_core.errors import DLCError, reason_of

if TYPE_CHECKING:
    from torch import nn


def backbone_from(
    module: nn.Module,
    *,
    resize: int = 256,
    crop: int = 224,
    mean: tuple[float, ...] = IMAGENET_MEAN,
    std: tuple[float, ...] = IMAGENET_STD,
    head: str | None = None,
    name: str | None = None,
) -> Backbone:
    """Return a frozen copy of a module as a backbone; the module itself stays as it is.

    Args:
        module: maps (N, 3, crop, crop) float32 to features (N, D), or to logits if `head` is given.
        resize, crop: the evaluation transform, in pixels.
        mean, std: of red, green and blue, for pixels in [0, 1].
        head: name of the submodule that makes logits of features, such as "fc"; it is taken off.
        name: for people; None takes the class's.

    Raises:
        DLCError: if the module is quantised or compiled, cannot be copied, or has no such head.
    """
    from torch import nn

    if not isinstance(module, nn.Module):
        raise DLCError(f"got {type(module).__name__}; expected a torch.nn.Module.")
    if hasattr(module, "_orig_mod"):
        raise DLCError("this module is compiled; give the one that it was made of (._orig_mod).")
    if any("quantized" in type(part).__module__ for part in module.modules()):
        raise DLCError("this module is quantised, so its weights have no order of size.")
    if hasattr(module, "original_name") and hasattr(module, "code"):
        raise DLCError("this module is TorchScript; give the module that it was made of.")
    if any(weight.is_complex() for weight in module.parameters()):
        raise DLCError("this module has complex weights, which are not masked here.")
    if head == "":
        raise DLCError("the name of the head is empty; leave it out if there is none.")
    encoder = _copied(module).float().eval().requires_grad_(False)
    if head is not None:
        if head not in dict(encoder.named_modules()):
            names = [part for part, _ in encoder.named_children()]
            raise DLCError(f"the module has no part {head!r}; it has {', '.join(names[:12])}.")
        parent, _, last = head.rpartition(".")
        setattr(encoder.get_submodule(parent), last, nn.Identity())
    return Backbone(
        name=name or type(module).__name__,
        encoder=encoder,
        preprocess=Preprocess(resize, crop, tuple(mean), tuple(std)),  # type: ignore[arg-type]
        weights="given from Python",
        convolutions=not only_patches(encoder),
        pooling="the module's own" if head is None else f"the input of {head}",
    )


def _copied(module: nn.Module) -> nn.Module:
    """Return a copy whose weights are plain: what a parametrization computes is what they are."""
    from torch.nn.parameter import is_lazy
    from torch.nn.utils import parametrize

    weights = [*module.parameters(), *module.buffers()]
    if any(is_lazy(weight) for weight in weights):
        raise DLCError("this module has lazy layers without weights; call it with a batch first.")
    if any(weight.is_meta for weight in weights):
        raise DLCError("this module's weights are on the meta device: there are none; load them.")
    try:
        encoder = copy.deepcopy(module).cpu()
    except (RuntimeError, TypeError) as error:  # torch.nn.utils.weight_norm of old, a lock, a file
        reason = reason_of(error)
        raise DLCError(
            f"this module cannot be copied ({reason}); take hooks such as weight_norm off it "
            "(torch.nn.utils.remove_weight_norm) or give its plain encoder."
        ) from error
    for part in encoder.modules():
        for name in list(getattr(part, "parametrizations", ())):
            parametrize.remove_parametrizations(part, name, leave_parametrized=True)
    return encoder
