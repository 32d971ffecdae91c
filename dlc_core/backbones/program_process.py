"""A program behind closed doors, seen from outside: it is sent weights and images, and judged."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlc_core.backbones import program_frames as frames
from dlc_core.backbones.program_start import Child
from dlc_core.errors import DLCError
from dlc_core.plurals import counted
from dlc_core.sandbox import DOORS

if TYPE_CHECKING:
    import torch

_MOST = 1 << 28  # bytes of a batch's features, and eight times those of its pixels


class ProgramProcess:
    """A checked program that runs in a process of its own, started when it is first needed.

    Copies of a module share it: with each batch go the weights that are not there yet.
    """

    def __init__(self, model: Any, title: str) -> None:
        """Take a model's JSON that `program_of` has checked, and what to call it in errors."""
        self._model, self._title = model, title
        self._children: dict[str, Child] = {}  # by device
        self._lock = threading.Lock()
        self._number = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> ProgramProcess:
        return self

    @property
    def closed(self) -> list[str]:
        """Those of DOORS that are closed to every process that was started."""
        children = self._children.values()
        return [door for door in DOORS if all(door in child.closed for child in children)]

    @property
    def left_open(self) -> list[str]:
        """What it could still reach, for people."""
        return [words for door, words in DOORS.items() if door not in self.closed]

    def features(self, weights: dict[str, torch.Tensor], pixels: torch.Tensor) -> torch.Tensor:
        """Return what the program computes of (n, 3, crop, crop) pixels; gradients flow through it.

        Args:
            weights: all of them, by name.
            pixels: on the device on which the program is to run.

        Raises:
            DLCError: if its process ended, or gave what are no features.
            RuntimeError, ValueError, TypeError: what was raised there, such as a lack of memory.
        """
        import torch

        if torch.is_grad_enabled():
            learned = [name for name, weight in weights.items() if weight.requires_grad]
            if learned or pixels.requires_grad:
                return self._learning(weights, learned, pixels)
        return self._features("features", weights, pixels, {})

    def stop(self) -> None:
        """End its processes; a later batch starts one anew."""
        for child in self._children.values():
            child.stop()
        self._children.clear()

    def _features(
        self, job: str, weights: dict[str, torch.Tensor], pixels: torch.Tensor, more: dict[str, Any]
    ) -> torch.Tensor:
        most = _MOST + 8 * pixels.numel() * pixels.element_size()
        (found,) = self._asked(job, weights, pixels, more, [most])
        if found is None or not found.ndim or len(found) != len(pixels):
            shape = [] if found is None else list(found.shape)
            raise DLCError(
                f"{self._title} gives {shape} for {counted(len(pixels), 'image')}; expected one "
                "feature vector for each: export it with a dynamic batch."
            )
        return found.to(pixels.device)

    def _learning(
        self, weights: dict[str, torch.Tensor], learned: list[str], pixels: torch.Tensor
    ) -> torch.Tensor:
        import torch
        from torch.autograd.function import once_differentiable

        process, tensors = self, [weights[name] for name in learned]
        if pixels.requires_grad:
            tensors.append(pixels)
        with self._lock:
            self._number += 1
            number = self._number
        more = {"number": number, "learned": learned, "learned_pixels": pixels.requires_grad}

        class Features(torch.autograd.Function):
            @staticmethod
            def forward(_ctx: Any, *_tensors: torch.Tensor) -> torch.Tensor:
                return process._features("learning", weights, pixels, more)

            @staticmethod
            @once_differentiable
            def backward(_ctx: Any, *given: torch.Tensor) -> Any:
                return tuple(process._gradients(number, given[0], tensors))

        apply: Any = Features.apply
        found: torch.Tensor = apply(*tensors)
        return found

    def _gradients(
        self, number: int, given: torch.Tensor, tensors: list[torch.Tensor]
    ) -> list[torch.Tensor | None]:
        most = [one.numel() * one.element_size() for one in tensors]
        found = self._asked("gradients", {}, given, {"number": number}, most)
        for gradient, tensor in zip(found, tensors, strict=True):
            if gradient is not None and gradient.shape != tensor.shape:
                raise DLCError(f"{self._title} gives a gradient of another shape than its weight.")
        return [None if one is None else one.to(given.device) for one in found]

    def _asked(
        self,
        job: str,
        weights: dict[str, torch.Tensor],
        given: torch.Tensor,
        more: dict[str, Any],
        most: Sequence[int],
    ) -> list[torch.Tensor | None]:
        """Ask for tensors of at most so many bytes each."""
        device = str(given.device)
        with self._lock:
            child = self._children.get(device)
            try:
                if child is None:
                    child = self._children[device] = Child(device, self._model)
                child.ask(job, weights, given, more)
                found = [child.tensor(most[0])]
                found += [child.tensor(bytes_) for bytes_ in most[1:]]
            except (frames.ToldError, DLCError) as told:
                if isinstance(told, DLCError):
                    raise
                raise told.error from None
            except BaseException as error:
                self._children.pop(device, None)
                if child is None:
                    raise
                if isinstance(error, EOFError | OSError):
                    raise DLCError(
                        f"the process in which {self._title} ran has ended ({child.ending()}): it "
                        "may have asked for more memory than there is, or done what is refused "
                        "there; choose a smaller --crop or another backbone."
                    ) from error
                child.stop()
                if isinstance(error, frames.BadReplyError):
                    raise DLCError(
                        f"the process of {self._title} answered with {error}, which is not "
                        "taken; use another backbone."
                    ) from error
                raise
        return found
