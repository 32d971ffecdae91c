"""Folding batch norms into the convolutions before them: the same function, fewer passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlc_core.errors import DLCError

if TYPE_CHECKING:
    from torch import nn


def foldable(encoder: nn.Module) -> list[tuple[str, str]]:
    """Return (convolution, batch norm) pairs, by name, whose norm can be folded away.

    A pair counts if the norm is fixed (evaluation mode, running statistics), it takes the
    convolution's output, nothing else does, each of the two is called once, and no other layer
    shares the convolution's weight. torch.fx tells the order of calls; an encoder that it cannot
    trace has no pairs.
    """
    from torch import fx, nn

    try:
        graph = fx.symbolic_trace(encoder).graph
    except Exception:  # noqa: BLE001 - fx raises whatever the traced code raises on a proxy
        return []
    modules = dict(encoder.named_modules())
    calls = [node for node in graph.nodes if node.op == "call_module"]
    targets = [str(node.target) for node in calls]
    weights = [id(weight) for _, weight in encoder.named_parameters(remove_duplicate=False)]
    pairs = []
    for node in calls:
        source = node.args[0] if node.args else None
        norm = modules[str(node.target)]
        if not isinstance(norm, nn.BatchNorm2d) or norm.training or norm.running_var is None:
            continue
        if not isinstance(source, fx.Node) or source.op != "call_module" or len(source.users) != 1:
            continue
        conv = modules[str(source.target)]
        once = targets.count(str(node.target)) == targets.count(str(source.target)) == 1
        if once and type(conv) is nn.Conv2d and weights.count(id(conv.weight)) == 1:
            pairs.append((str(source.target), str(node.target)))
    return pairs


def fold(encoder: nn.Module, pairs: list[tuple[str, str]]) -> None:
    """Fold the pairs' norms into their convolutions, in place.

    With the norm's scale s = weight / sqrt(var + eps), the convolution's weight becomes s w and its
    bias s (b - mean) + bias of the norm. A weight masked before folding is the folded weight masked
    in the same places, so masks may be applied to the folded encoder.

    Args:
        encoder: changed: the norms become identities.
        pairs: from `foldable` of this encoder."""
    import torch
    from torch import nn

    for conv_name, norm_name in pairs:
        conv, norm = encoder.get_submodule(conv_name), encoder.get_submodule(norm_name)
        if not isinstance(conv, nn.Conv2d) or not isinstance(norm, nn.BatchNorm2d):
            raise DLCError(f"{conv_name} and {norm_name} are no convolution and batch norm.")
        mean, var = norm.running_mean, norm.running_var
        if mean is None or var is None:
            raise DLCError(f"{norm_name} has no running statistics to fold.")
        with torch.no_grad():
            scale = (var.double() + norm.eps).rsqrt()
            if norm.weight is not None:
                scale = scale * norm.weight.double()
            bias = torch.zeros_like(mean) if conv.bias is None else conv.bias
            shifted = (bias.double() - mean.double()) * scale
            if norm.bias is not None:
                shifted = shifted + norm.bias.double()
            conv.weight.copy_(conv.weight.double() * scale.reshape(-1, 1, 1, 1))
            conv.bias = nn.Parameter(shifted.to(conv.weight.dtype), requires_grad=False)
        parent, _, last = norm_name.rpartition(".")
        setattr(encoder.get_submodule(parent), last, nn.Identity())
