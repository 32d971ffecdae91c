"""An exported program as plain steps, called one after the other.

It gives the same bits as the module that torch.export.load makes, which is not called: that
evaluates sizes with sympy, imports classes by name and runs the guards' code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Ref:
    """A value that an earlier step made."""

    name: str


class Device:
    """The device on which the program runs, whichever one it was exported on."""


@dataclass(frozen=True)
class ProgramStep:
    """One call: values[outputs] = call(*args, **kwargs)."""

    target: str
    call: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    outputs: tuple[Any, ...]  # a name, or a list of names, or None, for each result
    forget: tuple[str, ...] = ()  # values that no later step needs


@dataclass(frozen=True)
class Program:
    """A checked graph.

    Attributes:
        steps: in order.
        weights: (the value's name, the tensor's name) of parameters, buffers and constants.
        pixels: the name of the one input.
        shape: its sizes; None where they may be any.
        output: the name of the features.
    """

    steps: tuple[ProgramStep, ...]
    weights: tuple[tuple[str, str], ...]
    pixels: str
    shape: tuple[int | None, ...]
    output: str

    def __deepcopy__(self, memo: dict[int, Any]) -> Program:
        return self

    def run(self, weights: dict[str, torch.Tensor], pixels: torch.Tensor) -> Any:
        """Return what it computes of (N, 3, crop, crop) pixels.

        Raises:
            ValueError: if the pixels have another shape than those it was exported for.
        """
        given = tuple(pixels.shape)
        if len(given) != len(self.shape) or any(
            size not in (None, one) for size, one in zip(self.shape, given, strict=True)
        ):
            wanted = ["any" if size is None else size for size in self.shape]
            raise ValueError(f"got pixels of shape {list(given)}, exported for {wanted}")
        values: dict[str, Any] = {name: weights[tensor] for name, tensor in self.weights}
        values[self.pixels] = pixels
        for step in self.steps:
            args = _filled(step.args, values, pixels.device)
            kwargs = {key: _filled(v, values, pixels.device) for key, v in step.kwargs.items()}
            result = step.call(*args, **kwargs)
            _keep(step.outputs, result, values)
            for name in step.forget:
                values.pop(name, None)
        return values[self.output]


def _filled(value: Any, values: dict[str, Any], device: torch.device) -> Any:
    if isinstance(value, Ref):
        return values[value.name]
    if isinstance(value, list | tuple):
        return type(value)(_filled(one, values, device) for one in value)
    return device if isinstance(value, Device) else value


def _keep(outputs: tuple[Any, ...], result: Any, values: dict[str, Any]) -> None:
    results = (result,) if len(outputs) == 1 else result
    for name, one in zip(outputs, results, strict=False):
        if isinstance(name, str):
            values[name] = one
        elif isinstance(name, tuple):
            values.update(zip(name, one, strict=True))
