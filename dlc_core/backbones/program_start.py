"""Starting the process in which a program runs, and talking to it."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import weakref
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dlc_core.backbones import program_frames as frames
from dlc_core.errors import DLCError
from dlc_core.sandbox import DOORS

if TYPE_CHECKING:
    import torch

_START = (
    "import json, sys; given = json.loads(sys.argv[1]); sys.path[:] = given['path']; "
    "from dlc_core.backbones.program_child import main; main(given)"
)
# What it gets of our surroundings: how to compute, where libraries lie; no token, no password.
_KEPT = (
    *("OMP_", "MKL_", "KMP_", "GOMP_", "DNNL_", "ONEDNN_", "ATEN_", "TORCH_", "PYTORCH_", "CUDA_"),
    *("CUBLAS_", "CUDNN_", "NVIDIA_", "LD_", "DYLD_", "PYTHONHOME", "LANG", "LC_", "SYSTEMROOT"),
    *("PATH", "TEMP", "TMP", "HIP_", "HSA_", "ROCR_"),
)
# Where nothing computes behind these doors they stay open, which is said.
_SKIPPED: tuple[tuple[str, ...], ...] = ((), ("landlock",), ("landlock", "seccomp"))
_PIPE = 1 << 20  # bytes


class Child:
    """A process that has closed its doors and taken a program.

    Attributes:
        closed: those of DOORS that are closed.
    """

    def __init__(self, device: str, model: Any, *, start: str = _START) -> None:
        """Start it.

        Args:
            device: where it computes.
            model: the program's JSON, checked.
            start: what Python is told to run.

        Raises:
            DLCError: if it cannot be started, or ends at once.
        """
        for skipped in _SKIPPED:
            process = _started(start, {"device": device, "skip": skipped})
            self._stop = weakref.finalize(self, _stop, process, os.getpid())
            self._process = process
            self._sink, self._source = cast(FileIO, process.stdin), cast(FileIO, process.stdout)
            try:
                state, _, number, said = frames.take_reply(self._source, 0)
            except (EOFError, OSError, frames.BadReplyError):
                state, number, said = frames.OTHER, 0, self.ending()
            if state == frames.READY:
                break
            self._stop()
        else:
            raise DLCError(f"PyTorch does not start in a process of its own ({said}).")
        self.closed = [name for place, name in enumerate(DOORS) if number >> place & 1]
        self._sent: dict[str, tuple[torch.Tensor, tuple[Any, ...]]] = {}
        frames.put_json(self._sink, model)

    def ask(
        self,
        job: str,
        weights: dict[str, torch.Tensor],
        given: torch.Tensor,
        more: dict[str, Any],
    ) -> None:
        """Send a job with a tensor, and the weights that changed since they were last sent."""
        import torch

        marks = _marks(weights)
        changed = [
            name
            for name, mark in marks.items()
            if name not in self._sent or self._sent[name][1] != mark
        ]
        cudnn: Any = torch.backends.cudnn
        matmul: Any = torch.backends.cuda.matmul
        head = {
            "job": job,
            "weights": changed,
            "device": str(given.device),
            "threads": torch.get_num_threads(),
            "exact": [*(cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32)],
        }
        tensors = [weights[name] for name in changed]
        frames.put_request(self._sink, {**head, **more}, [*tensors, given])
        for name in changed:  # kept, so that no other tensor comes to lie in its place
            self._sent[name] = weights[name].detach(), marks[name]

    def tensor(self, most: int) -> torch.Tensor | None:
        """Receive a tensor of at most so many bytes.

        Raises:
            ToldError: with what was raised there.
            BadReplyError, EOFError, OSError: if it is none.
        """
        state, tensor, _, said = frames.take_reply(self._source, most)
        if state in (frames.TENSOR, frames.NOTHING):
            return tensor
        raise frames.ToldError(state, said)

    def stop(self) -> None:
        """End it."""
        self._stop()

    def ending(self) -> str:
        """Return how it has ended, for people."""
        try:
            code = self._process.wait(1)  # its pipes are closed before it is gone
        except subprocess.TimeoutExpired:
            return "it hangs"
        finally:
            self._stop()
        if code < 0:
            return next((one.name for one in signal.Signals if one == -code), f"signal {-code}")
        return f"exit code {code}"


def _marks(weights: dict[str, torch.Tensor]) -> dict[str, tuple[Any, ...]]:
    """Return what changes whenever a weight does: where it lies, and how often it was written."""
    places = {name: one.untyped_storage().data_ptr() for name, one in weights.items()}
    written: dict[int, int] = {}
    for name, one in weights.items():  # those that share their values are written together
        count = time.monotonic_ns() if one.is_inference() else one._version
        written[places[name]] = written.get(places[name], 0) + count
    return {
        name: (one.data_ptr(), one.dtype, one.shape, one.stride(), written[places[name]])
        for name, one in weights.items()
    }


def _started(start: str, given: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start Python with little of our surroundings, from a thread that lasts as long as it does.

    Linux ends the process with the thread that started it.
    """
    path = [str(Path(place).absolute()) for place in sys.path]
    text = json.dumps({**given, "path": path})
    kept = {name: value for name, value in os.environ.items() if name.startswith(_KEPT)}
    # NumPy's library for matrices would start threads, which Landlock does not reach.
    kept |= {"OPENBLAS_NUM_THREADS": "1", "CUDA_CACHE_DISABLE": "1"}
    came: queue.SimpleQueue[subprocess.Popen[bytes] | OSError] = queue.SimpleQueue()

    def keep() -> None:
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", start, text],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pipesize=_PIPE,
                env=kept,
            )
        except OSError as error:
            came.put(error)
            return
        came.put(process)
        process.wait()

    threading.Thread(target=keep, daemon=True, name="program").start()
    process = came.get()
    if isinstance(process, OSError):
        raise DLCError(f"no process can be started for the program ({process.strerror}).")
    return process


def _stop(process: subprocess.Popen[bytes], owner: int) -> None:
    if os.getpid() != owner:  # a copy of us
        return
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
