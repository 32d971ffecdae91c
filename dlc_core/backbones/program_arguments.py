"""The arguments of an exported program's steps: plain values only, each of a listed kind."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dlc_core.backbones.program import Device, Ref
from dlc_core.backbones.program_archive import TYPES, RefusedError

_FORMATS = {1: "contiguous_format", 2: "channels_last", 4: "preserve_format"}
_INFINITIES = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}


def argument_of(argument: dict[str, Any], known: set[str]) -> Any:
    """Return the value of one argument, or a `Ref` to it.

    Args:
        argument: as the graph's JSON has it, {kind: value}.
        known: names of the values that are made before.

    Raises:
        RefusedError, KeyError, TypeError: if it is not plain.
    """
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
