"""An encoder of one's own as a file: what torch.export.save writes."""

from __future__ import annotations

import re
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlc_core.backbones.backbone import Backbone
from dlc_core.backbones.preprocess import Preprocess
from dlc_core.backbones.program import Program, ProgramStep, Ref
from dlc_core.backbones.program_archive import RefusedError, read_archive
from dlc_core.backbones.program_graph import program_of
from dlc_core.backbones.program_process import ProgramProcess
from dlc_core.data_roots import require_programs
from dlc_core.errors import DLCError, reason_of

if TYPE_CHECKING:
    import torch
    from torch import nn

_MASKED = ("linear.", "conv1d.", "conv2d.", "convolution.", "addmm.")
_TURNED = ("permute.", "t.", "transpose.")
_FULL_NAME = re.compile(r"\w{1,200}(?:\.\w{1,200}){0,60}", re.ASCII)


def load_exported(name: str, *, weights: str | None = None, download: bool = False) -> Backbone:  # noqa: ARG001
    """Load a program that torch.export.save wrote: (N, 3, crop, crop) to features (N, D).

    It must be exported without its head and with a dynamic number of images. Masks zero the weights
    of its linear layers and convolutions, found in its graph. Only its graph and its tensors are
    read, and only listed operators are called (`program_of`), in a process of its own that reaches
    nothing else (`ProgramProcess`). Input: 224 pixels with ImageNet's
    mean and standard deviation, unless told otherwise (--resize, --crop, --mean, --std).

    Args:
        name: the path of the file (.pt2).
        weights: must be None: the file has its own.
        download: ignored; nothing is fetched.

    Raises:
        DLCError: if it cannot be read, or is something else.
    """
    require_programs()
    path = Path(name).expanduser()
    if weights is not None:
        raise DLCError("an exported program has its own weights; leave --weights out.")
    if not path.is_file():
        raise DLCError(f"no such file: {path}; expected what torch.export.save wrote (.pt2).")
    if _is_torchscript(path):
        raise DLCError(
            f"{path.name} is TorchScript, which PyTorch gives up and which could run code: export "
            "the encoder with torch.export.export and torch.export.save (docs/backbones.md)."
        )
    model, tensors, parameters = read_archive(path)
    try:
        program = program_of(model)
        process = ProgramProcess(model, path.name)
        encoder = _encoder(program, process, tensors, parameters)
    except (RefusedError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise DLCError(
            f"{path.name} is refused: {reason_of(error)}; export the encoder again with "
            "torch.export alone."
        ) from error
    masked = _masked(program, tensors, parameters)
    if not masked:
        raise DLCError(f"{path.name} has no linear layer or convolution whose weights could fall.")
    return Backbone(
        name=f"export:{path}",
        encoder=encoder.eval().requires_grad_(False),
        preprocess=Preprocess(resize=256, crop=224),
        weights=path.name,
        pooling="the program's output",
        masked=masked,
        process=process,
    )


def _is_torchscript(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return any("/code/" in name for name in names) and any(
        name.endswith("/constants.pkl") for name in names
    )


@cache  # a class made anew would be kept, and its process with it, until garbage is collected
def _module() -> type[nn.Module]:
    from torch import Tensor, nn

    class Exported(nn.Module):
        """Owns a program's tensors by their names, and has it run elsewhere."""

        def __init__(self, process: ProgramProcess) -> None:
            super().__init__()
            self._process = process

        def forward(self, pixels: Tensor) -> Tensor:
            if not isinstance(pixels, Tensor):  # a stand-in of torch.fx
                raise TypeError(f"got {type(pixels).__name__}, expected pixels")
            owned: dict[str, Tensor] = dict(self.named_parameters(remove_duplicate=False))
            owned.update(self.named_buffers(remove_duplicate=False))
            return self._process.features(owned, pixels)

    return Exported


def _encoder(
    program: Program,
    process: ProgramProcess,
    tensors: dict[str, torch.Tensor],
    parameters: frozenset[str],
) -> nn.Module:
    from torch import nn

    root = _module()(process)
    for name in dict.fromkeys(tensor for _, tensor in program.weights):
        if not _FULL_NAME.fullmatch(name):
            raise RefusedError("a tensor of it has no plain name")
        *above, last = name.split(".")
        owner: nn.Module = root
        for part in above:
            if part not in owner._modules:
                owner.add_module(part, nn.Module())
            owner = owner.get_submodule(part)
        tensor = tensors[name]
        if name in parameters and tensor.is_floating_point():
            owner.register_parameter(last, nn.Parameter(tensor, requires_grad=False))
        else:
            owner.register_buffer(last, tensor)
    return root


def _masked(
    program: Program, tensors: dict[str, torch.Tensor], parameters: frozenset[str]
) -> tuple[str, ...]:
    """Return the parameters that are the weights of linear layers and convolutions."""
    named = dict(program.weights)
    made = {step.outputs[0]: step for step in program.steps if len(step.outputs) == 1}
    found: dict[str, None] = {}
    for step in program.steps:
        if not _is_one(step, _MASKED):
            continue
        for argument in step.args:
            tensor = named.get(_origin(argument, made), "")
            if tensor in parameters and tensors[tensor].ndim >= 2:
                found[tensor] = None
    return tuple(found)


def _is_one(step: ProgramStep, names: tuple[str, ...]) -> bool:
    return step.target.removeprefix("torch.ops.aten.").startswith(names)


def _origin(argument: Any, made: dict[Any, ProgramStep]) -> str:
    """Return the input that a value is, through transpositions."""
    while isinstance(argument, Ref):
        step = made.get(argument.name)
        if step is None or not _is_one(step, _TURNED) or not step.args:
            return argument.name
        argument = step.args[0]
    return ""
