"""An encoder of one's own as a file: what torch.export.save (or torch.jit.save) writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlc_core.backbones.backbone import Backbone
from dlc_core.backbones.exported_scan import require_plain
from dlc_core.backbones.preprocess import Preprocess
from dlc_core.backbones.torchscript import is_torchscript, load_torchscript
from dlc_core.errors import DLCError, reason_of

if TYPE_CHECKING:
    from torch import nn

_MASKED = ("aten.linear", "aten.conv2d", "aten.convolution", "aten.addmm")


def load_exported(name: str, *, weights: str | None = None, download: bool = False) -> Backbone:  # noqa: ARG001
    """Load a program that torch.export.save wrote: (N, 3, crop, crop) to features (N, D).

    A file of torch.jit.save is taken as well (`load_torchscript`).

    It must be exported without its head and with a dynamic number of images. Masks zero the weights
    of its linear layers and convolutions, found in its graph. What could run code while it is read
    is refused (`require_plain`). Input: 224 pixels with ImageNet's mean and standard
    deviation, unless told otherwise (--resize, --crop, --mean, --std).

    Args:
        name: the path of the file (.pt2).
        weights: must be None: the file has its own.
        download: ignored; nothing is fetched.

    Raises:
        DLCError: if it cannot be read, or is something else.
    """
    import torch

    path = Path(name).expanduser()
    if weights is not None:
        raise DLCError("an exported program has its own weights; leave --weights out.")
    if not path.is_file():
        raise DLCError(f"no such file: {path}; expected what torch.export.save wrote (.pt2).")
    if is_torchscript(path):
        return load_torchscript(path)
    require_plain(path)
    try:
        program = torch.export.load(path)
    except Exception as error:  # whatever a file that is something else makes it raise
        raise DLCError(
            f"{path.name} is no program of torch.export.save ({reason_of(error)}); load a pickled "
            "model in Python and export it, or save its state_dict()."
        ) from error
    encoder: nn.Module = program.module()
    masked = _masked(program)
    if not masked:
        raise DLCError(f"{path.name} has no linear layer or convolution whose weights could fall.")
    return Backbone(
        name=f"export:{path}",
        encoder=encoder.requires_grad_(False),
        preprocess=Preprocess(resize=256, crop=224),
        weights=path.name,
        pooling="the program's output",
        masked=masked,
    )


def _masked(program: Any) -> tuple[str, ...]:
    """Return the parameters that are the weights of linear layers and convolutions."""
    named = program.graph_signature.inputs_to_parameters
    found: dict[str, None] = {}
    for node in program.graph.nodes:
        if node.op != "call_function" or not str(node.target).startswith(_MASKED):
            continue
        for argument in node.args:
            origin = _origin(argument)
            if origin in named and program.state_dict[named[origin]].ndim >= 2:
                found[named[origin]] = None
    return tuple(found)


def _origin(node: Any) -> str:
    """Return the input that a value is, through transpositions."""
    while getattr(node, "op", "") == "call_function" and len(node.args) and (
        str(node.target).startswith(("aten.permute", "aten.t.", "aten.transpose"))
    ):  # fmt: skip
        node = node.args[0]
    return str(getattr(node, "name", ""))
