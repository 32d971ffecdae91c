"""The parts of an archive of torch.export.save, by exact names: JSON and plain tensors, no pickle.

PyTorch's own loader unpickles some parts, gives texts to sympy's evaluation and finds parts by the
start of their names. It is not called: what is read here is all that is used.
"""

from __future__ import annotations

import json
import math
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlc_core.errors import DLCError, reason_of

if TYPE_CHECKING:
    import torch

MODEL = "models/model.json"
_CONFIGS = {
    "data/weights/": "data/weights/model_weights_config.json",
    "data/constants/": "data/constants/model_constants_config.json",
}
# Read: the two configurations, the model and its tensors. Known and never read: the others.
_KNOWN = re.compile(
    r"models/model\.json|data/weights/(?:model_weights_config\.json|weight_[0-9]{1,6})"
    r"|data/constants/(?:model_constants_config\.json|tensor_[0-9]{1,6})"
    r"|data/sample_inputs/model\.pt|archive_format|archive_version|byteorder|version"
    r"|\.data/(?:version|serialization_id)|\.format_version|\.storage_alignment|extra/[\w./-]{1,200}"
)
_LARGEST_JSON = 1 << 27  # bytes
_MOST_ENTRIES = 100_000
_MOST_ALIASED = 1 << 24  # numbers of a tensor that are more than its storage has
# torch's numbers for them (torch/_export/serde/schema.py)
TYPES = {
    **{1: "uint8", 2: "int8", 3: "int16", 4: "int32", 5: "int64", 6: "float16", 7: "float32"},
    **{8: "float64", 12: "bool", 13: "bfloat16"},
}


class RefusedError(ValueError):
    """What is wrong with an archive; the caller says of which file."""


def read_archive(path: Path) -> tuple[Any, dict[str, torch.Tensor], frozenset[str]]:
    """Return the model's JSON, all tensors by name, and which of them are parameters.

    Raises:
        DLCError: if an entry is unknown, twice there, compressed, or no plain tensor.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _entries(archive, path.stat().st_size)
            if archive.read(entries["archive_format"]) != b"pt2":
                raise RefusedError("its archive_format is not pt2")
            order = entries.get("byteorder")
            if order is not None and archive.read(order) != b"little":
                raise RefusedError("its numbers are big-endian")
            tensors: dict[str, torch.Tensor] = {}
            parameters: set[str] = set()
            for folder, config in _CONFIGS.items():
                _tensors(archive, entries, folder, config, tensors, parameters)
            return _json(archive, entries, MODEL), tensors, frozenset(parameters)
    except (RefusedError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise DLCError(
            f"{path.name} is refused: {reason_of(error)}; export the encoder again with "
            "torch.export alone."
        ) from error
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, RuntimeError) as error:
        raise DLCError(
            f"{path.name} is no program of torch.export.save ({reason_of(error)}); load a pickled "
            "model in Python and export it, or save its state_dict()."
        ) from error


def _entries(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > _MOST_ENTRIES:
        raise RefusedError(f"it has more than {_MOST_ENTRIES:,} parts")
    roots = {info.filename.partition("/")[0] for info in infos}
    if len(roots) != 1:
        raise RefusedError("its parts are not all in one folder")
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = info.filename.partition("/")[2]
        if not any(other.endswith("archive_format") for other in archive.NameToInfo):
            raise zipfile.BadZipFile("it has no archive_format")
        if not _KNOWN.fullmatch(name):
            raise RefusedError(f"it has an unknown part {name[:60]!r} that could run code")
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
            raise RefusedError(f"its part {name[:60]!r} is compressed")
        if info.flag_bits & 1:
            raise RefusedError(f"its part {name[:60]!r} is encrypted")
        found[name] = info
    if len({name.casefold() for name in found}) < len(infos):
        raise RefusedError("it has two parts of the same name")
    if sum(info.file_size for info in infos) > size:
        raise RefusedError("its parts are larger than the file")
    return found


def _json(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], name: str) -> Any:
    if name not in entries:
        raise RefusedError(f"it has no {name}")
    if entries[name].file_size > _LARGEST_JSON:
        raise RefusedError(f"its {name} is too large")
    try:
        return json.loads(archive.read(entries[name]), object_pairs_hook=_once)
    except RecursionError as error:
        raise RefusedError(f"its {name} is nested too deeply") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise RefusedError("its JSON gives a key twice")
    return found


def _tensors(
    archive: zipfile.ZipFile,
    entries: dict[str, zipfile.ZipInfo],
    folder: str,
    config: str,
    tensors: dict[str, torch.Tensor],
    parameters: set[str],
) -> None:
    storages: dict[tuple[str, str], torch.Tensor] = {}
    for name, meta in _json(archive, entries, config)["config"].items():
        if meta["use_pickle"] is not False or meta["tensor_meta"] is None:
            raise RefusedError(f"{name[:60]!r} is pickled, which could run code")
        if name in tensors:
            raise RefusedError(f"it has {name[:60]!r} twice")
        record = f"{folder}{meta['path_name']}"
        if record in _CONFIGS.values() or record not in entries:
            raise RefusedError(f"it has no part {record[:60]!r}")
        kind = TYPES.get(meta["tensor_meta"]["dtype"])
        if kind is None:
            raise RefusedError(f"{name[:60]!r} has numbers of an unusual type")
        if (record, kind) not in storages:
            storages[record, kind] = _storage(archive.read(entries[record]), kind)
        tensors[name] = _view(storages[record, kind], meta["tensor_meta"], name)
        if meta["is_param"]:
            parameters.add(name)


def _storage(data: bytes, kind: str) -> torch.Tensor:
    import torch

    type_ = getattr(torch, kind)
    if len(data) % type_.itemsize:
        raise RefusedError("the size of a tensor is no multiple of its numbers'")
    if not data:
        return torch.empty(0, dtype=type_)
    return torch.frombuffer(bytearray(data), dtype=type_)


def _view(storage: torch.Tensor, meta: dict[str, Any], name: str) -> torch.Tensor:
    sizes = [whole(one["as_int"]) for one in meta["sizes"]]
    strides = [whole(one["as_int"]) for one in meta["strides"]]
    offset = whole(meta["storage_offset"]["as_int"])
    count = math.prod(sizes)
    last = offset + sum((n - 1) * stride for n, stride in zip(sizes, strides, strict=True))
    if count and last >= len(storage):
        raise RefusedError(f"{name[:60]!r} is larger than its values")
    if count > max(len(storage), _MOST_ALIASED):
        raise RefusedError(f"{name[:60]!r} is too large")
    return storage.as_strided(sizes, strides, offset if count else 0)


def whole(value: Any) -> int:
    """Return a whole number from 0 to 2^62 as it is; anything else is refused."""
    if type(value) is not int or not 0 <= value < 1 << 62:
        raise RefusedError("a size is no whole number")
    return value
