"""What a program's own process and this one send each other: plain bytes, nothing pickled.

A request is a line of JSON and then the bytes of its tensors; the child trusts it. A reply is a
fixed head and then at most so many bytes as were expected; nothing else of it is believed.
"""

from __future__ import annotations

import json
import math
import struct
from io import FileIO
from typing import TYPE_CHECKING, Any

from dlc_core.backbones.program_archive import TYPES

if TYPE_CHECKING:
    import torch

_HEAD = struct.Struct("<4B8Q")  # state, type, dimensions, 0, sizes
_LENGTH = struct.Struct("<Q")
TENSOR, NOTHING, RUNTIME, VALUE, MEMORY, OTHER, READY = range(7)
_LONGEST = 400  # bytes of an error's text
_CODES = {name: code for code, name in TYPES.items()}


class BadReplyError(Exception):
    """A reply that is none, with the reason."""


class ToldError(Exception):
    """An error that was raised in the other process.

    Attributes:
        error: one of this process that says the same.
    """

    def __init__(self, state: int, text: str) -> None:
        """Take its kind and its text."""
        super().__init__(text)
        import torch

        kinds = {RUNTIME: RuntimeError, VALUE: ValueError, MEMORY: torch.OutOfMemoryError}
        self.error: Exception = kinds.get(state, TypeError)(text)


def put(file: FileIO, data: memoryview | bytes) -> None:
    """Write all of it."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def take(file: FileIO, into: memoryview) -> None:
    """Fill a buffer.

    Raises:
        EOFError: if the other side has ended.
    """
    while into:
        count = file.readinto(into)
        if not count:
            raise EOFError("the other side has ended")
        into = into[count:]


def put_request(file: FileIO, head: dict[str, Any], tensors: list[torch.Tensor]) -> None:
    """Send a request: its head, [type, shape, strides] of each tensor in it, then their bytes."""
    there = [_movable(tensor) for tensor in tensors]
    put_json(file, {**head, "tensors": [_described(one) for one in there]})
    for tensor in there:
        put(file, bytes_of(tensor))


def put_json(file: FileIO, value: Any) -> None:
    """Send a value as JSON, its length before it."""
    text = json.dumps(value).encode()
    put(file, _LENGTH.pack(len(text)))
    put(file, text)


def take_json(file: FileIO) -> Any:
    """Receive a value that `put_json` sent; not for what a stranger sends."""
    length = bytearray(_LENGTH.size)
    take(file, memoryview(length))
    text = bytearray(_LENGTH.unpack(length)[0])
    take(file, memoryview(text))
    return json.loads(text)


def take_tensor(file: FileIO, meta: list[Any], into: torch.Tensor | None = None) -> torch.Tensor:
    """Receive one of a request's tensors with the strides that it had.

    Args:
        file: where it comes from.
        meta: its [type, shape, strides].
        into: one of before, whose memory is used again if it is alike.
    """
    import torch

    kind, shape, strides = meta
    if into is None or _described(into) != meta:
        # PyTorch's own memory: its place decides which instructions compute, so the last bit, too.
        values = torch.empty(math.prod(shape), dtype=getattr(torch, kind))
        into = values.as_strided(shape, strides)
    take(file, bytes_of(into))
    return into


def reply(tensor: torch.Tensor | None) -> tuple[bytes, memoryview]:
    """Return the head and the bytes of a reply that is a tensor, or that there is none.

    Raises:
        TypeError: if its kind cannot be sent.
    """
    if tensor is None:
        return _HEAD.pack(NOTHING, 0, 0, 0, *[0] * 8), memoryview(b"")
    tensor = tensor.detach().cpu().contiguous()
    kind = str(tensor.dtype).removeprefix("torch.")
    if kind not in _CODES or tensor.ndim > 8:
        raise TypeError(f"got {tensor.ndim} dimensions of {kind}")
    sizes = [*tensor.shape, *[0] * (8 - tensor.ndim)]
    return _HEAD.pack(TENSOR, _CODES[kind], tensor.ndim, 0, *sizes), bytes_of(tensor)


def put_word(file: FileIO, state: int, *, number: int = 0, text: str = "") -> None:
    """Send a reply that is no tensor: a number, or an error's text."""
    said = text.encode("utf-8", "replace")[:_LONGEST]
    put(file, _HEAD.pack(state, 0, 0, 0, number, len(said), *[0] * 6))
    put(file, said)


def take_reply(file: FileIO, most: int) -> tuple[int, torch.Tensor | None, int, str]:
    """Receive a reply: its state, its tensor, its number and its text.

    Args:
        file: where it comes from.
        most: bytes that the tensor may have.

    Raises:
        BadReplyError: if it is none, or too large; not a byte of the tensor is read then.
        EOFError: if the other side has ended.
    """
    import torch

    data = bytearray(_HEAD.size)
    take(file, memoryview(data))
    state, code, dimensions, zero, *sizes = _HEAD.unpack(data)
    if zero or state > READY or (state != TENSOR and sizes[1] > _LONGEST):
        raise BadReplyError("a reply that is none")
    if state == NOTHING:
        return state, None, 0, ""
    if state != TENSOR:
        said = bytearray(sizes[1])
        take(file, memoryview(said))
        return state, None, sizes[0], _plain(said.decode("utf-8", "replace"))
    kind = TYPES.get(code)
    if kind is None or dimensions > 8:
        raise BadReplyError("a tensor of an unknown kind")
    dtype, shape = getattr(torch, kind), sizes[:dimensions]
    size = math.prod(shape) * dtype.itemsize
    if size > most or any(one > most for one in shape):
        raise BadReplyError(f"a tensor of shape {shape}, more than {most:,} bytes")
    tensor = torch.empty(shape, dtype=dtype)
    take(file, bytes_of(tensor))
    return state, tensor, 0, ""


def bytes_of(tensor: torch.Tensor) -> memoryview:
    """Return the memory of a tensor whose values lie together, in the order in which they lie."""
    import torch

    if not tensor.numel():
        return memoryview(b"")
    flat = tensor.detach().as_strided((tensor.numel(),), (1,))
    return flat.view(torch.uint8).numpy().data


def _described(tensor: torch.Tensor) -> list[Any]:
    kind = str(tensor.dtype).removeprefix("torch.")
    return [kind, list(tensor.shape), list(tensor.stride())]


def _movable(tensor: torch.Tensor) -> torch.Tensor:
    """Return the tensor on the CPU, its values together: as it is wherever they lie so."""
    tensor = tensor.detach().cpu()
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size != 1 and stride != expected:
            return tensor.contiguous()
        expected *= size
    return tensor


def _plain(text: str) -> str:
    """Return a stranger's text without what would move a terminal's cursor."""
    return "".join(one if one.isprintable() else " " for one in text)
