"""The process in which an exported program runs: its doors closed, then the program, then batches.

`ProgramProcess` starts it. What comes in was written by our own process and checked there; what
goes out is a reply of `program_frames`. Nothing is printed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from io import FileIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from dlc_core.backbones.program import Program

    _Replies = list[torch.Tensor | None]


def main(given: dict[str, Any]) -> None:
    """Close the doors, say which, and serve until the other side ends.

    Args:
        given: the device, and the doors to skip.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when it is over
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        from dlc_core.sandbox.syscalls import end_with_parent

        end_with_parent(signal.SIGKILL)
    source, sink = _channels()
    from dlc_core.backbones import program_frames as frames

    try:
        closed = _closed(given)
    except Exception as error:  # noqa: BLE001 - whatever it was, the other side says it
        frames.put_word(sink, frames.OTHER, text=f"{type(error).__name__}: {error}")
        return
    frames.put_word(sink, frames.READY, number=closed)
    try:
        serve(source, sink)
    except (EOFError, BrokenPipeError):  # the other side has ended
        return


def serve(source: FileIO, sink: FileIO) -> None:
    """Take the program, then answer request after request."""
    from dlc_core.backbones.program_frames import take_json
    from dlc_core.backbones.program_graph import program_of

    service = _Service(program_of(take_json(source)), source, sink)
    while True:
        service.answer()


def _channels() -> tuple[FileIO, FileIO]:
    """Return copies of standard input and output, which are nothing from now on."""
    source = FileIO(os.dup(0), "rb")
    sink = FileIO(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for place in (0, 1, 2):
        os.dup2(nothing, place)
    return source, sink


def _closed(given: dict[str, Any]) -> int:
    """Close the doors; return which, a bit for each of DOORS."""
    import torch

    from dlc_core.backbones import program_arguments, program_graph  # noqa: F401 - before that
    from dlc_core.sandbox import DOORS, close_doors

    device = torch.device(given["device"])
    torch.set_num_threads(1)  # until the first request: there must be one thread only
    closed = close_doors(gpu=device.type != "cpu", skip=given["skip"])
    image, kernel = torch.ones(1, 3, 16, 16, device=device), torch.ones(4, 3, 3, 3, device=device)
    found = torch.nn.functional.conv2d(image, kernel).flatten(1)
    float((found @ found.T).sum())  # that it still computes is tried before a program comes
    return sum(1 << place for place, name in enumerate(DOORS) if name in closed)


class _Service:
    """A program with its weights, and the last result whose gradients may be asked for."""

    def __init__(self, program: Program, source: FileIO, sink: FileIO) -> None:
        self._program, self._source, self._sink = program, source, sink
        self._received: dict[str, torch.Tensor] = {}
        self._placed: dict[str, torch.Tensor] = {}
        self._waiting: dict[str, None] = {}
        self._last: tuple[int, torch.Tensor, list[torch.Tensor]] | None = None
        self._threads = 0

    def answer(self) -> None:
        """Receive one request and answer it."""
        from dlc_core.backbones import program_frames as frames

        request = frames.take_json(self._source)
        metas = request["tensors"]
        for name, meta in zip(request["weights"], metas[:-1], strict=True):
            received = frames.take_tensor(self._source, meta, self._received.get(name))
            self._received[name] = received
            self._waiting[name] = None
        given = frames.take_tensor(self._source, metas[-1])
        job = _JOBS[request["job"]]
        try:
            self._settle(request)
            for name in list(self._waiting):  # a device that is full leaves them waiting
                self._placed[name] = self._received[name].to(request["device"])
                del self._waiting[name]
            found = job(self, request, given.to(request["device"]))
            replies = [frames.reply(tensor) for tensor in found]
        except Exception as error:  # noqa: BLE001 - a program may make PyTorch raise anything
            state = _state_of(error)
            frames.put_word(self._sink, state, text=" ".join(str(error).split()))
            return
        for head, data in replies:
            frames.put(self._sink, head)
            frames.put(self._sink, data)

    def _settle(self, request: dict[str, Any]) -> None:
        """Compute as the other process would."""
        import torch

        if request["threads"] != self._threads:
            self._threads = request["threads"]
            torch.set_num_threads(self._threads)
        cudnn: Any = torch.backends.cudnn
        matmul: Any = torch.backends.cuda.matmul
        cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32 = request["exact"]

    def _features(self, _request: dict[str, Any], pixels: torch.Tensor) -> _Replies:
        import torch

        self._last = None
        with torch.inference_mode():
            return [self._program.run(self._placed, pixels)]

    def _learning(self, request: dict[str, Any], pixels: torch.Tensor) -> _Replies:
        """Return features, and keep what their gradients need."""
        self._last = None
        leaves = {name: one.detach() for name, one in self._placed.items()}
        inputs = [leaves[name] for name in request["learned"]]
        if request["learned_pixels"]:
            inputs.append(pixels)
        for one in inputs:
            one.requires_grad_(True)
        features = self._program.run(leaves, pixels)
        self._last = request["number"], features, inputs
        return [features]

    def _gradients(self, request: dict[str, Any], given: torch.Tensor) -> _Replies:
        import torch

        if self._last is None or self._last[0] != request["number"]:
            raise RuntimeError("gradients are there for the last batch only")
        _, features, inputs = self._last
        self._last = None
        return list(torch.autograd.grad(features, inputs, given, allow_unused=True))


_JOBS: dict[str, Callable[[_Service, dict[str, Any], Any], list[Any]]] = {
    "features": _Service._features,
    "learning": _Service._learning,
    "gradients": _Service._gradients,
}


def _state_of(error: Exception) -> int:
    import torch

    from dlc_core.backbones import program_frames as frames

    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in str(error):
        return frames.MEMORY
    if isinstance(error, RuntimeError | AssertionError):
        return frames.RUNTIME
    return frames.VALUE if isinstance(error, ValueError) else frames.OTHER
