"""Reading weights from a file, safely: nothing in the file is ever executed."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlc_core.backbones.torch_file import require_bounded
from dlc_core.errors import DLCError, reason_of

if TYPE_CHECKING:
    import torch
    from torch import nn

_NAMED = 3  # tensors of each kind of difference that a message names
_AROUND = ("_orig_mod.", "module.", "model.", "backbone.", "net.", "encoder.")
# Where training scripts put the weights; of several in a file the first of these is taken.
_WRAPPERS = (
    *("state_dict", "model_state_dict", "model", "net", "params", "weights"),
    *("model_ema", "ema", "state_dict_ema", "ema_state_dict", "teacher"),
)
# What stands beside a model in Lightning's modules and averaged models, and is no part of it.
_BESIDE = ("n_averaged", "criterion", "loss", "loss_fn", "loss_func", "metric", "metrics")
_DEEPEST = 4  # such entries inside each other
_SMALL_VIEW = 1 << 20  # bytes that a view may repeat its storage to
_JSON_AFTER = 8  # bytes: the length of safetensors' header


class _Options:
    """What training scripts keep their options in, beside the weights: attributes, never used."""


def read_state(file: str | Path) -> dict[str, torch.Tensor]:
    """Return the state dict in a file of safetensors or of torch.save (`weights_only=True`).

    What training scripts put around it (an entry "state_dict", a prefix "module.", and so on) is
    taken off; of an entry and its average (`ema`) the plain one is taken.

    Raises:
        DLCError: if the file is missing, unreadable, unsafe or holds no state dict.
    """
    path = Path(file).expanduser()
    if not path.is_file():
        raise DLCError(f"no such weights file: {path}; expected a .safetensors or .pth file.")
    try:
        state = _load(path)
    except DLCError:
        raise
    except pickle.UnpicklingError as error:
        raise DLCError(
            f"{path.name} is refused: it is no plain state dict (reading it could run code); save "
            "model.state_dict() with safetensors or torch.save and use that file."
        ) from error
    except Exception as error:
        silent = isinstance(error, EOFError | KeyError)  # of empty files and of text
        reason = "it is no file of torch.save or safetensors" if silent else reason_of(error)
        raise DLCError(f"cannot read the weights file {path.name}: {reason}.") from error
    return _tensors(_unwrapped(state), path.name)


def _unwrapped(state: dict[str, Any]) -> dict[str, Any]:
    """Return the innermost of what is put around a state dict."""
    for _ in range(_DEEPEST):
        inside = [state[name] for name in _WRAPPERS if _holds(state.get(name))]
        state = inside[0] if inside else state
    return state


def _holds(value: Any, deepest: int = _DEEPEST) -> bool:
    """Whether a value is a dictionary with tensors, or with one that has some."""
    import torch

    return (
        bool(deepest)
        and isinstance(value, dict)
        and any(isinstance(one, torch.Tensor) or _holds(one, deepest - 1) for one in value.values())
    )


def _tensors(state: dict[str, Any], source: str) -> dict[str, torch.Tensor]:
    import torch

    if any("_packed_params" in str(name) for name in state) or any(
        isinstance(value, torch.Tensor) and value.is_quantized for value in state.values()
    ):
        raise DLCError(
            f"{source} is of a quantised model, whose weights have no order of size; use the "
            "one that it was made of, in float32."
        )
    tensors = {str(name): v for name, v in state.items() if isinstance(v, torch.Tensor)}
    if not tensors:
        raise DLCError(f"{source} holds no weights; expected a state dict of tensors.")
    if any(_claims_more(value) for value in tensors.values()):
        raise DLCError(f"{source} is refused: a tensor in it claims more than is stored (a bomb?).")
    if any(value.is_meta or value.layout != torch.strided for value in tensors.values()):
        raise DLCError(f"{source} has tensors without values, or sparse ones; save plain ones.")
    return _plain_names(tensors)


def _claims_more(value: torch.Tensor) -> bool:
    """Whether a view repeats what is stored so often that its copy would be a bomb."""
    import torch

    if value.is_meta or value.layout != torch.strided:
        return False
    size = value.numel() * value.element_size()
    return size > max(_SMALL_VIEW, value.untyped_storage().nbytes())


def _plain_names(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return them without the prefixes of DataParallel, torch.compile, Lightning and the like."""
    model = {key: value for key, value in tensors.items() if key.split(".")[0] not in _BESIDE}
    for prefix in _AROUND:
        if model and all(key.startswith(prefix) for key in model):
            return _plain_names({key.removeprefix(prefix): model[key] for key in model})
    return tensors


def _load(path: Path) -> dict[str, Any]:
    with path.open("rb") as opened:
        begun = opened.read(_JSON_AFTER + 1)
    if path.suffix.lower() == ".safetensors" or begun[_JSON_AFTER:] == b"{":
        from safetensors.torch import load_file

        return dict(load_file(path))
    require_bounded(path)
    import torch

    options = torch.serialization.safe_globals([(_Options, "argparse.Namespace")])
    with warnings.catch_warnings(), options:  # warnings of sparse and quantised tensors, told below
        warnings.simplefilter("ignore")
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    return loaded if isinstance(loaded, dict) else {}


def _within(
    given: dict[str, torch.Tensor],
    expected: dict[str, torch.Tensor],
    head: str | tuple[str, ...],
    source: str,
) -> dict[str, torch.Tensor]:
    """Return the model's own part of a larger one, such as MoCo's or a teacher with its head.

    Raises:
        DLCError: if it is there more than once.
    """
    wanted = [key for key in expected if not key.endswith("num_batches_tracked")]
    if not wanted or wanted[0] in given:
        return given
    ends = [key[: -len(wanted[0])] for key in given if key.endswith(f".{wanted[0]}")]
    found = [prefix for prefix in ends if all(f"{prefix}{key}" in given for key in wanted)]
    if len(found) > 1:
        raise DLCError(
            f"{source} holds this model more than once ({', '.join(found)}); save the one that is "
            "meant alone."
        )
    if not found:
        return given
    part = {key.removeprefix(found[0]): v for key, v in given.items() if key.startswith(found[0])}
    return {key: value for key, value in part.items() if not key.startswith(head)}


def load_encoder_state(
    model: nn.Module,
    state: dict[str, torch.Tensor],
    *,
    head: str | tuple[str, ...],
    name: str,
    source: str,
) -> None:
    """Load a state dict into a model, whatever the head's number of classes.

    Args:
        model: the whole architecture, head included.
        state: tensors by name.
        head: name prefixes of the heads' parameters; they are not needed and may differ.
        name, source: the backbone and the file, for the message.

    Raises:
        DLCError: if the encoder's weights do not fit, naming the first that differ.
    """
    expected = {key: value for key, value in model.state_dict().items() if not key.startswith(head)}
    given = {key: value for key, value in state.items() if not key.startswith(head)}
    given = _within(given, expected, head, source)
    missing = [
        key for key in expected if key not in given and not key.endswith("num_batches_tracked")
    ]
    unexpected = [key for key in given if key not in expected]
    there = [(key, given[key], expected[key]) for key in expected if key in given]
    shapes = [
        f"{key} {tuple(value.shape)}, not {tuple(wanted.shape)}"
        for key, value, wanted in there
        if value.shape != wanted.shape
    ]
    kinds = [
        f"{key} {value.dtype}"
        for key, value, wanted in there
        if wanted.is_floating_point() and not value.is_floating_point()
    ]
    problems = [
        f"{len(items)} {kind} ({'; '.join(items[:_NAMED])}{' …' if len(items) > _NAMED else ''})"
        for kind, items in (
            ("missing", missing),
            ("unexpected", unexpected),
            ("of another shape", shapes),
            ("of another type", kinds),
        )
        if items
    ]
    if problems:
        raise DLCError(
            f"the weights in {source} are not those of {name}: of {len(expected)} tensors "
            f"{', '.join(problems)}; name the backbone that the file was saved from."
        )
    # The model's own state dict carries the version marks that some layers ask for.
    complete = model.state_dict()
    complete.update(given)
    model.load_state_dict(complete)
