"""An exported program as plain steps: each operator from a list, each argument a plain value.

torch.export.load evaluates sizes with sympy, imports classes by name and runs the guards' code;
this reads the graph alone and calls its operators one after the other, which gives the same bits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlc_core.backbones.program_archive import TYPES, RefusedError, whole
from dlc_core.backbones.program_operators import ASSERTIONS, operator_of

if TYPE_CHECKING:
    import torch

_MOST_STEPS = 1_000_000
_NAME = re.compile(r"[A-Za-z_]\w{0,499}", re.ASCII)
_FORMATS = {1: "contiguous_format", 2: "channels_last", 4: "preserve_format"}
_INFINITIES = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}
_EXPRESSION = re.compile(r"Symbol\('(\w{1,50})'(?:, (?:positive|integer|nonnegative)=True)*\)")


@dataclass(frozen=True)
class Ref:
    """A value that an earlier step made."""

    name: str


class Device:
    """The device on which the program runs, whichever one it was exported on."""


@dataclass(frozen=True)
class Step:
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

    steps: tuple[Step, ...]
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


def program_of(model: Any) -> Program:
    """Return the checked steps of a model's JSON.

    Raises:
        RefusedError, KeyError, TypeError: if anything in it is not plain.
    """
    module = model["graph_module"]
    graph = module["graph"]
    weights, user = _inputs(module["signature"]["input_specs"])
    output = _output(module["signature"]["output_specs"])
    known = {name for name, _ in weights} | {user}
    steps: list[Step] = []
    if len(graph["nodes"]) > _MOST_STEPS:
        raise RefusedError("its graph is too long")
    for node in graph["nodes"]:
        step = _step(node, known)
        if step is not None:
            steps.append(step)
            known |= set(_names(step.outputs))
    if output not in known:
        raise RefusedError("its output is made by no step")
    shape = _shape(graph["tensor_values"][user], model["range_constraints"])
    kept = {name for name, _ in weights} | {output}
    return Program(_with_ends(steps, kept), tuple(weights), user, shape, output)


def _inputs(specs: list[Any]) -> tuple[list[tuple[str, str]], str]:
    weights: list[tuple[str, str]] = []
    pixels: list[str] = []
    places = {"parameter": "parameter_name", "buffer": "buffer_name"}
    places["tensor_constant"] = "tensor_constant_name"
    for spec in specs:
        ((kind, value),) = spec.items()
        if kind in places:
            weights.append((_named(value["arg"]["name"]), str(value[places[kind]])))
        elif kind == "user_input":
            ((form, arg),) = value["arg"].items()
            if form != "as_tensor":
                raise RefusedError("it takes other inputs than images")
            pixels.append(_named(arg["name"]))
        else:
            raise RefusedError(f"it has an input of the kind {str(kind)[:40]!r}")
    if len(pixels) != 1:
        raise RefusedError(f"it takes {len(pixels)} inputs; expected the images alone")
    if len({name for name, _ in weights} | set(pixels)) != len(weights) + 1:
        raise RefusedError("two of its inputs have one name")
    return weights, pixels[0]


def _output(specs: list[Any]) -> str:
    outputs = []
    for spec in specs:
        ((kind, value),) = spec.items()
        if kind != "user_output":
            raise RefusedError("it changes its own buffers or inputs; call .eval() first")
        outputs.append(value["arg"])
    if len(outputs) != 1 or "as_tensor" not in outputs[0]:
        raise RefusedError(f"it returns {len(outputs)} values; expected one tensor of features")
    return _named(outputs[0]["as_tensor"]["name"])


def _step(node: dict[str, Any], known: set[str]) -> Step | None:
    target = node["target"]
    if not isinstance(target, str):
        raise RefusedError("a step of it has no name")
    if target in ASSERTIONS:
        return None
    call = operator_of(target)
    if call is None:
        raise RefusedError(f"it calls {target[:80]}, which is not on the list of operators")
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    schema = getattr(call, "_schema", None)
    given = [(one["name"], _argument(one["arg"], known)) for one in node["inputs"]]
    if schema is None:
        args = [value for _, value in given]
    else:
        named = dict(given)
        if len(named) < len(given):
            raise RefusedError(f"it calls {target[:80]} with an argument twice")
        positional = True
        for argument in schema.arguments:
            if argument.name not in named:
                positional = False
            elif positional and not argument.kwarg_only:
                args.append(named.pop(argument.name))
            else:
                kwargs[argument.name] = named.pop(argument.name)
        if named:
            raise RefusedError(f"it calls {target[:80]} with unknown arguments")
    outputs = tuple(_made(one) for one in node["outputs"])
    return Step(target, call, tuple(args), kwargs, outputs)


def _named(name: Any) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise RefusedError("a value of it has no plain name")
    return name


def _made(output: dict[str, Any]) -> Any:
    ((form, value),) = output.items()
    if form == "as_none":
        return None
    if form == "as_tensor":
        return _named(value["name"])
    if form == "as_tensors":
        return tuple(_named(one["name"]) for one in value)
    if form in ("as_sym_int", "as_sym_float", "as_sym_bool"):
        return _named(value["as_name"])
    raise RefusedError("a step of it makes something else than tensors and numbers")


def _names(outputs: tuple[Any, ...]) -> list[str]:
    found: list[str] = []
    for one in outputs:
        found += [one] if isinstance(one, str) else list(one or ())
    return found


def _argument(argument: dict[str, Any], known: set[str]) -> Any:
    ((form, value),) = argument.items()
    if form not in _FORMS:
        raise RefusedError(f"it has an argument of the kind {str(form)[:40]!r}")
    return _FORMS[form](value, known)


def _ref(name: Any, known: set[str]) -> Ref:
    if name not in known:
        raise RefusedError("it uses a value before it is made")
    return Ref(name)


def _symbol(value: dict[str, Any], known: set[str]) -> Any:
    ((form, inner),) = value.items()
    return _ref(inner, known) if form == "as_name" else _FORMS[form](inner, known)


def _tensor(value: dict[str, Any], known: set[str]) -> Any:
    return _ref(value["name"], known)


def _optional(value: dict[str, Any], known: set[str]) -> Any:
    ((form, inner),) = value.items()
    return None if form == "as_none" else _tensor(inner, known)


def _integer(value: Any, _known: set[str]) -> int:
    if type(value) is not int or abs(value) >= 1 << 63:
        raise RefusedError("a number of it is no whole number")
    return value


def _float(value: Any, _known: set[str]) -> float:
    found = _INFINITIES.get(value) if isinstance(value, str) else value
    if type(found) not in (int, float):
        raise RefusedError("a number of it is no number")
    return float(found)  # type: ignore[arg-type]


def _boolean(value: Any, _known: set[str]) -> bool:
    if type(value) is not bool:
        raise RefusedError("a truth value of it is none")
    return value


def _string(value: Any, _known: set[str]) -> str:
    if not isinstance(value, str) or len(value) > 200 or not value.isascii():
        raise RefusedError("a text of it is no plain one")
    return value


def _type(value: Any, _known: set[str]) -> Any:
    import torch

    return getattr(torch, TYPES[value])


def _format(value: Any, _known: set[str]) -> Any:
    import torch

    return getattr(torch, _FORMATS[value])


def _layout(value: Any, _known: set[str]) -> Any:
    import torch

    if value != 7:
        raise RefusedError("it makes sparse tensors")
    return torch.strided


def _several(one: Callable[[Any, set[str]], Any]) -> Callable[[Any, set[str]], list[Any]]:
    return lambda value, known: [one(inner, known) for inner in value]


_FORMS: dict[str, Callable[[Any, set[str]], Any]] = {
    "as_none": lambda _value, _known: None,
    "as_tensor": _tensor,
    "as_tensors": _several(_tensor),
    "as_optional_tensor": _optional,
    "as_optional_tensors": _several(_optional),
    "as_int": _integer,
    "as_ints": _several(_integer),
    "as_float": _float,
    "as_floats": _several(_float),
    "as_bool": _boolean,
    "as_bools": _several(_boolean),
    "as_string": _string,
    "as_sym_int": _symbol,
    "as_sym_ints": _several(_symbol),
    "as_sym_float": _symbol,
    "as_sym_floats": _several(_symbol),
    "as_sym_bool": _symbol,
    "as_scalar_type": _type,
    "as_memory_format": _format,
    "as_layout": _layout,
    "as_device": lambda _value, _known: Device(),
}


def _shape(meta: dict[str, Any], ranges: dict[str, Any]) -> tuple[int | None, ...]:
    """Return the sizes of the input, None for one that may change; nothing is evaluated."""
    sizes: list[int | None] = []
    for one in meta["sizes"]:
        ((form, value),) = one.items()
        if form == "as_int":
            sizes.append(whole(value))
            continue
        found = _EXPRESSION.fullmatch(value["expr_str"])
        if found is None or found.group(1) not in ranges:
            raise RefusedError("the size of its input is no plain symbol")
        sizes.append(None)
    return tuple(sizes)


def _with_ends(steps: list[Step], kept: set[str]) -> tuple[Step, ...]:
    """Return the steps, each with the values that are not needed after it."""
    later = set(kept)
    ended: list[Step] = []
    for step in reversed(steps):
        used = {*_used(step.args), *_used(tuple(step.kwargs.values())), *_names(step.outputs)}
        forget = tuple(sorted(used - later))
        later |= used
        ended.append(Step(step.target, step.call, step.args, step.kwargs, step.outputs, forget))
    return tuple(reversed(ended))


def _used(value: Any) -> list[str]:
    if isinstance(value, Ref):
        return [value.name]
    if isinstance(value, list | tuple):
        return [name for one in value for name in _used(one)]
    return []
