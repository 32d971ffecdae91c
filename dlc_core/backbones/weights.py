"""Reading weights from a file, safely: nothing in the file is ever executed."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlc_core.errors import DLCError

if TYPE_CHECKING:
    import torch
    from torch import nn

_NAMED = 3  # tensors of each kind of difference that a message names
_AROUND = ("_orig_mod.", "module.", "_orig_mod.", "model.", "backbone.", "net.", "encoder.")
_WRAPPERS = ("state_dict", "model_state_dict", "model", "net")


def read_state(file: str | Path) -> dict[str, torch.Tensor]:
    """Return the state dict in a .safetensors file or a .pth/.pt file (`weights_only=True`).

    Raises:
        DLCError: if the file is missing, unreadable, unsafe or holds no state dict.
    """
    path = Path(file).expanduser()
    if not path.is_file():
        raise DLCError(f"no such weights file: {path}; expected a .safetensors or .pth file.")
    try:
        state = _load(path)
    except pickle.UnpicklingError as error:
        raise DLCError(
            f"{path.name} is refused: it is no plain state dict (reading it could run code); save "
            "model.state_dict() with safetensors or torch.save and use that file."
        ) from error
    except Exception as error:
        raise DLCError(f"cannot read the weights file {path.name}: {_one_line(error)}.") from error
    for wrapper in _WRAPPERS:
        if isinstance(state.get(wrapper), dict):
            state = state[wrapper]
    import torch

    if any("_packed_params" in str(name) for name in state) or any(
        isinstance(value, torch.Tensor) and value.is_quantized for value in state.values()
    ):
        raise DLCError(
            f"{path.name} is of a quantised model, whose weights have no order of size; use the "
            "one that it was made of, in float32."
        )
    tensors = {str(name): v for name, v in state.items() if isinstance(v, torch.Tensor)}
    if not tensors:
        raise DLCError(f"{path.name} holds no weights; expected a state dict of tensors.")
    for prefix in _AROUND:  # DataParallel, torch.compile and the like
        if all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors


def _load(path: Path) -> dict[str, Any]:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return dict(load_file(path))
    import torch

    loaded = torch.load(path, map_location="cpu", weights_only=True)
    return loaded if isinstance(loaded, dict) else {}


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160].rstrip(".")


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
