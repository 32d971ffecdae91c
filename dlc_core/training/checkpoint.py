"""Where a fine-tuning stood after its last epoch, on disk until its cell is done."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlc_core.atomic_files import write_atomically

if TYPE_CHECKING:
    import torch
    from torch import nn


@dataclass(frozen=True)
class Checkpoint:
    """One file for one fine-tuning.

    Attributes:
        file: its name tells what is learned, so that no other one goes on from it.
    """

    file: Path

    @classmethod
    def of(cls, folder: Path, *parts: object) -> Checkpoint:
        """Return the checkpoint of what these values tell from everything else."""
        digest = hashlib.blake2b(digest_size=12)
        for part in parts:
            raw = repr(part).encode("utf-8", "surrogateescape")
            digest.update(len(raw).to_bytes(8, "little") + raw)
        return cls(folder / f"{digest.hexdigest()}.pt")

    def save(self, network: nn.Module, optimizer: torch.optim.Optimizer, *, epochs: int) -> None:
        """Write where it stands; a reader or a kill never sees half of it."""
        import torch

        state = {
            "epochs": epochs,
            "network": network.state_dict(),
            "optimizer": optimizer.state_dict(),
        }
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(self.file, lambda file: torch.save(state, file))

    def load(self, network: nn.Module, optimizer: torch.optim.Optimizer) -> int:
        """Put back where it stood; return the epochs done, 0 if there is nothing to go on from.

        Nothing in the file is executed (`weights_only`); one that is damaged counts as missing.
        """
        import torch

        if not self.file.is_file():
            return 0
        device = next(network.parameters()).device
        try:
            state: dict[str, Any] = torch.load(self.file, map_location=device, weights_only=True)
            epochs = int(state["epochs"])
            weights, moved = state["network"], state["optimizer"]
        except (OSError, RuntimeError, EOFError, KeyError, TypeError, pickle.UnpicklingError):
            return 0
        network.load_state_dict(weights)
        optimizer.load_state_dict(moved)
        return epochs

    def remove(self) -> None:
        """Delete it: what it was for is done."""
        self.file.unlink(missing_ok=True)
