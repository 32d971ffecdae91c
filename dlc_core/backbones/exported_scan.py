"""A look into what torch.export.save wrote, before PyTorch reads it: it must hold no code to run.

torch.export.load reads some parts with `weights_only=False` (tensors that are marked so, opaque
objects) and gives the sizes' expressions to sympify, which evaluates them. So both are looked at
first.
"""

from __future__ import annotations

import io
import json
import pickle
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dlc_core.backbones.entries import entries_of
from dlc_core.errors import DLCError

_LARGEST_JSON = 1 << 28  # bytes
_TENSORS = ("weight_", "tensor_")  # what path names begin with; opaque_obj_… is unpickled
# What expressions of sizes are made of, in sympy's own notation.
_NAMES = (
    "Symbol Integer Rational Add Mul Pow Max Min Mod PythonMod FloorDiv CeilDiv CleanDiv "
    "IntTrueDiv FloatTrueDiv ModularIndexing Equality Unequality GreaterThan LessThan "
    "StrictGreaterThan StrictLessThan And Or Not Piecewise Where ToFloat TruncToInt Eq Ne Ge Gt "
    "Le Lt"
)
_CALLS = frozenset(_NAMES.split())
_PLAIN = re.compile(r"[\w\s+\-*/%(),.<>=!&|~\[\]']*")


def require_plain(path: Path) -> None:
    """Refuse an archive that could run code while it is read.

    Raises:
        DLCError: if it could, or is no archive of torch.export.save.
    """
    refused = f"{path.name} is refused: reading it could run code; export the encoder again with "
    try:
        with zipfile.ZipFile(path) as archive:
            entries = entries_of(archive, path)
            if not any(name.endswith("archive_format") for name, _ in entries):
                raise DLCError(
                    f"{path.name} is no program of torch.export.save or torch.jit.save; load a "
                    "pickled model in Python and export it, or save its state_dict()."
                )
            for name, entry in entries:
                if "aotinductor" in name or name.endswith(".so"):
                    raise DLCError(f"{refused}torch.export alone, not compiled.")
                if name.endswith(".json"):
                    if entry.file_size > _LARGEST_JSON:
                        raise DLCError(f"{path.name} is refused: a part of it is too large.")
                    _look(json.loads(archive.read(entry)), refused)
                elif name.endswith((".pt", ".pth", ".pkl", ".bin")):
                    _unpickled(archive.read(entry), refused)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as error:
        if isinstance(error, DLCError):
            raise
        raise DLCError(f"{path.name} is no program of torch.export.save ({error}).") from error


def _look(value: Any, refused: str) -> None:
    for key, text in _strings(value):
        if key == "expr_str" and not plain_expression(text):
            raise DLCError(f"{refused}plain sizes.")
        if key == "use_pickle" or (key == "path_name" and not text.startswith(_TENSORS)):
            raise DLCError(f"{refused}plain tensors.")


def _strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts in a JSON value with their keys, and each use_pickle that is set."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "use_pickle" and inner:
                yield name, ""
            yield from _strings(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner, key)
    elif isinstance(value, str):
        yield key, value


def plain_expression(text: str) -> bool:
    """Whether an expression is of numbers, names and the functions of sizes alone."""
    if not _PLAIN.fullmatch(text) or "__" in text or re.search(r"[A-Za-z_)\]]\s*\.", text):
        return False
    if re.search(r"[)\]']\s*[(\[]", text):  # a call of what is no name
        return False
    called = re.findall(r"([A-Za-z_]\w*)\s*[(\[]", text)
    return all(name in _CALLS for name in called)


def _unpickled(data: bytes, refused: str) -> None:
    import torch

    try:
        torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise DLCError(f"{refused}plain sample inputs.") from error
