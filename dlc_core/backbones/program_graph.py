"""From the JSON of an exported graph to a checked program; nothing in it is evaluated."""

from __future__ import annotations

import re
from typing import Any

from dlc_core.backbones.program import Program, ProgramStep, Ref
from dlc_core.backbones.program_archive import RefusedError, whole
from dlc_core.backbones.program_arguments import argument_of
from dlc_core.backbones.program_operators import ASSERTIONS, operator_of

_MOST_STEPS = 1_000_000
_NAME = re.compile(r"[A-Za-z_]\w{0,499}", re.ASCII)
_EXPRESSION = re.compile(r"Symbol\('(\w{1,50})'(?:, (?:positive|integer|nonnegative)=True)*\)")


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
    steps: list[ProgramStep] = []
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


def _step(node: dict[str, Any], known: set[str]) -> ProgramStep | None:
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
    given = [(one["name"], argument_of(one["arg"], known)) for one in node["inputs"]]
    if schema is None:
        args = [value for _, value in given]
        if not all(isinstance(value, Ref | int | float) for value in args):
            raise RefusedError(f"it calculates {target[:80]} of something else than numbers")
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
    return ProgramStep(target, call, tuple(args), kwargs, outputs)


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


def _with_ends(steps: list[ProgramStep], kept: set[str]) -> tuple[ProgramStep, ...]:
    """Return the steps, each with the values that are not needed after it."""
    later = set(kept)
    ended: list[ProgramStep] = []
    for step in reversed(steps):
        used = {*_used(step.args), *_used(tuple(step.kwargs.values())), *_names(step.outputs)}
        forget = tuple(sorted(used - later))
        later |= used
        ended.append(
            ProgramStep(step.target, step.call, step.args, step.kwargs, step.outputs, forget)
        )
    return tuple(reversed(ended))


def _used(value: Any) -> list[str]:
    if isinstance(value, Ref):
        return [value.name]
    if isinstance(value, list | tuple):
        return [name for one in value for name in _used(one)]
    return []
