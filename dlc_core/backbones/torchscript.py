"""An encoder of one's own as a file: what torch.jit.save wrote (TorchScript)."""

from __future__ import annotations

import io
import re
import tokenize
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlc_core.backbones.backbone import Backbone
from dlc_core.backbones.entries import entries_of
from dlc_core.backbones.preprocess import Preprocess
from dlc_core.errors import DLCError, reason_of

if TYPE_CHECKING:
    from torch import nn

# Modules, by the name they had in Python, and their parameter that masks may zero.
_MASKED = {
    "Conv2d": "weight",
    "Linear": "weight",
    "NonDynamicallyQuantizableLinear": "weight",
    "MultiheadAttention": "in_proj_weight",
}
_LARGEST_CODE = 1 << 26  # bytes
# A script is run by PyTorch's own interpreter, whose operators can touch files and other machines.
_REACHING = re.compile(
    r"\btorch\.(?:\w*save\w*|\w*load\w*|from_file|classes)\b"
    r"|\bops\.(?!prim\.)\w+|\bops\.prim\.rpc\w*|\b__setstate__\b"
)


def is_torchscript(path: Path) -> bool:
    """Whether a file is an archive of torch.jit.save."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return any(name.endswith("/constants.pkl") for name in names) and any(
        "/code/" in name for name in names
    )


def load_torchscript(path: Path) -> Backbone:
    """Load an encoder that torch.jit.save wrote: (N, 3, crop, crop) to features (N, D).

    It must have been scripted or traced without its head. Masks zero the weights of its `Linear`
    and `Conv2d` modules and of attention's in-projections. Input as for `load_exported`.

    Args:
        path: the file.

    Raises:
        DLCError: if it cannot be read, calls what could touch files, or has nothing to mask.
    """
    import torch

    _require_plain(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that TorchScript is deprecated
            module = torch.jit.load(path, map_location="cpu")  # type: ignore[no-untyped-call]
    except Exception as error:  # whatever a damaged file makes it raise
        said = reason_of(error)
        raise DLCError(f"{path.name} cannot be read as TorchScript ({said}).") from error
    masked = tuple(f"script.{name}" for name in _masked(module))
    if not masked:
        raise DLCError(
            f"{path.name} has no Linear or Conv2d module whose weights could fall (a frozen script "
            "has them as constants); save it before torch.jit.freeze."
        )
    encoder = _as_module(module).eval().requires_grad_(False)
    return Backbone(
        name=f"export:{path}",
        encoder=encoder,
        preprocess=Preprocess(resize=256, crop=224),
        weights=path.name,
        pooling="the script's output",
        masked=masked,
    )


def _as_module(script: Any) -> nn.Module:
    """Wrap a script, which lacks some methods of modules."""
    from torch import Tensor, nn

    class Scripted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.script = script

        def forward(self, pixels: Tensor) -> Any:
            return self.script(pixels)

    return Scripted()


def _masked(module: Any) -> list[str]:
    """Return the parameters that masks may zero, each once, in module order."""
    found: list[str] = []
    seen: set[int] = set()
    for prefix, inner in module.named_modules():
        parameter = _MASKED.get(getattr(inner, "original_name", ""))
        weight = getattr(inner, parameter, None) if parameter else None
        if weight is not None and weight.is_floating_point() and weight.data_ptr() not in seen:
            seen.add(weight.data_ptr())
            found.append(f"{prefix}.{parameter}" if prefix else str(parameter))
    return found


def _require_plain(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for name, entry in entries_of(archive, path):
            if "/code/" not in name or not name.endswith(".py"):
                continue
            if entry.file_size > _LARGEST_CODE:
                raise DLCError(f"{path.name} is refused: a part of it is too large.")
            try:
                code = archive.read(entry).decode("utf-8", "replace")
            except (zipfile.BadZipFile, OSError, EOFError) as error:
                raise DLCError(f"{path.name} is damaged ({error}).") from error
            if "quantized" in code:
                raise DLCError(
                    f"{path.name} is quantised: its weights have no order of size that masks could "
                    "go by; script the model as it was before."
                )
            if call := _REACHING.search(_joined(code, path)):
                raise DLCError(
                    f"{path.name} is refused: it calls {call.group()}, which could touch files or "
                    "run other code; script the encoder alone."
                )


def _joined(code: str, path: Path) -> str:
    """Return the code without spaces around its dots, comments and texts: all that is called."""
    lines = io.StringIO(code).readline
    try:
        words = [
            token.string
            for token in tokenize.generate_tokens(lines)
            if token.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER)
        ]
    except (tokenize.TokenError, SyntaxError) as error:
        raise DLCError(f"{path.name} is refused: a part of it is no plain script.") from error
    return " ".join(words).replace(" . ", ".")
