"""A look into what torch.save wrote, before PyTorch reads it: no bomb, no more than it holds.

A look only: the pickle in it is read with stand-ins for everything that it names, so nothing of it
runs. PyTorch reads the file afterwards, with `weights_only=True`.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import IO, Any

from dlc_core.backbones.archive_entries import entries_of
from dlc_core.decompression_limits import available_memory, opened_zip
from dlc_core.errors import DLCError

_MOST_ENTRIES = 100_000
_LARGEST_PICKLE = 1 << 26  # bytes
_MOST_NAMES = 1000  # types and functions; a state dict needs ten
_SLACK = 2.0  # unpacked by packed bytes; torch.save stores, and weights hardly shrink
_SMALL = 1 << 20  # bytes that may shrink more
_LEGACY = 3  # pickles before the weights' own: a magic number, the version, the machine
# Bytes of an item of each storage that PyTorch itself writes.
_KINDS = {
    **dict.fromkeys(("ComplexDoubleStorage",), 16),
    **dict.fromkeys(("DoubleStorage", "LongStorage", "ComplexFloatStorage"), 8),
    **dict.fromkeys(("FloatStorage", "IntStorage", "QInt32Storage"), 4),
    **dict.fromkeys(("HalfStorage", "ShortStorage", "BFloat16Storage"), 2),
    **dict.fromkeys(("CharStorage", "ByteStorage", "BoolStorage", "UntypedStorage"), 1),
    **dict.fromkeys(("QInt8Storage", "QUInt8Storage", "QUInt4x2Storage", "QUInt2x4Storage"), 1),
}
_MODULES = ("torch", "torch.storage")


class _Named:
    """What a pickle names by module and name; called or filled, it does nothing."""

    name = ""

    def __init__(self, *_given: Any) -> None: ...

    def __setstate__(self, _state: Any) -> None: ...

    def __setitem__(self, _key: Any, _value: Any) -> None: ...

    def append(self, _value: Any) -> None: ...

    def add(self, _value: Any) -> None: ...

    def extend(self, _values: Any) -> None: ...

    def __call__(self, *_given: Any) -> _Named:
        return _Named()


class _Look(pickle.Unpickler):
    """Reads a pickle with stand-ins, and lists the storages that it names with their bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.storages: dict[str, int] = {}
        self._names: dict[str, type[_Named]] = {}

    def find_class(self, module: str, name: str) -> Any:
        whole = f"{module}.{name}"
        if len(self._names) > _MOST_NAMES:
            raise pickle.UnpicklingError("it names too much")
        return self._names.setdefault(whole, type("Named", (_Named,), {"name": whole}))

    def persistent_load(self, pid: Any) -> Any:
        if not (isinstance(pid, tuple) and len(pid) >= 5 and pid[0] == "storage"):
            return _Named()  # PyTorch refuses it by itself
        _, kind, key, _, count = pid[:5]
        module, _, name = getattr(kind, "name", "").rpartition(".")
        size = _KINDS.get(name) if module in _MODULES else None
        if size is None or not isinstance(count, int) or count < 0:
            raise pickle.UnpicklingError("a storage is of no kind of PyTorch's own")
        self.storages[str(key)] = max(size * count, self.storages.get(str(key), 0))
        return _Named()


def require_bounded(path: Path) -> None:
    """Refuse a file of torch.save whose content is a bomb, or claims more than the file holds.

    Raises:
        DLCError: saying why.
        pickle.UnpicklingError: if it is no plain state dict.
        Exception: whatever a file that is something else makes it raise.
    """
    with path.open("rb") as file:
        if zipfile.is_zipfile(file):
            file.seek(0)
            with opened_zip(file, entries=_MOST_ENTRIES) as archive:
                _require_archive(archive, path)
        else:
            file.seek(0)
            _require_legacy(file, path)


def _require_archive(archive: zipfile.ZipFile, path: Path) -> None:
    entries = dict(entries_of(archive, path))
    sizes = {name: entry.file_size for name, entry in entries.items()}
    for name, entry in entries.items():
        if entry.file_size > _SMALL and entry.file_size > _SLACK * entry.compress_size:
            raise DLCError(
                f"{path.name} is refused: {name} grows {entry.file_size:,} bytes out of "
                f"{entry.compress_size:,} (a bomb?); torch.save stores weights as they are."
            )
    total = sum(sizes.values())
    if total > max(_SMALL, _SLACK * path.stat().st_size):
        raise DLCError(f"{path.name} is refused: its parts grow to {total:,} bytes (a bomb?).")
    _require_memory(total, path)
    pickled = [name for name in entries if name.endswith("/data.pkl")]
    if len(pickled) != 1:
        return  # PyTorch says what it is instead
    if sizes[pickled[0]] > _LARGEST_PICKLE:
        raise DLCError(f"{path.name} is refused: the list of its tensors is too large.")
    look = _Look(io.BytesIO(archive.read(entries[pickled[0]])))
    look.load()
    folder = pickled[0].removesuffix("data.pkl")
    for key, size in look.storages.items():
        if size > sizes.get(f"{folder}data/{key}".lower(), 0):
            raise DLCError(
                f"{path.name} is refused: the part {key} is said to be longer than it is; was it "
                "cut off?"
            )


def _require_legacy(file: IO[bytes], path: Path) -> None:
    """Refuse a file as torch.save wrote it before 1.6 that claims more than it holds."""
    for _ in range(_LEGACY):
        _Look(file).load()
    look = _Look(file)
    look.load()
    total = sum(look.storages.values())
    if total > path.stat().st_size:
        raise DLCError(
            f"{path.name} is refused: its tensors are said to be {total:,} bytes, more than it "
            "has; was it cut off?"
        )
    _require_memory(total, path)


def _require_memory(total: int, path: Path) -> None:
    if total > (there := available_memory()):
        raise DLCError(
            f"the weights in {path.name} take {total / 1e9:.1f} GB, this machine has "
            f"{there / 1e9:.1f} GB free; use a smaller model."
        )
