"""What a scoring keeps on disk while it is under way, so that it can go on after a stop."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dlc_core.datasets import Fault
from dlc_core.runs.files import read_json, write_json, write_npy
from dlc_core.scoring.decoding import Decoded


class Work:
    """The folder RUN/work: decoded pixels, float32 features, float64 losses.

    A mask counts as done only once its row of losses is on disk and listed in state.json.
    """

    def __init__(self, run: Path) -> None:
        """Use the work folder of a run; it is created if missing."""
        self.folder = run / "work"
        self.folder.mkdir(exist_ok=True)
        self.pixels = self.folder / "pixels.npy"
        self._features = self.folder / "features.npy"
        self._losses = self.folder / "losses.npy"
        self._decoded = self.folder / "decoded.json"
        self._state = self.folder / "state.json"

    def decoded(self, *, crop: int) -> Decoded | None:
        """Return what an earlier, complete pass over the images found, for crops of this side."""
        value = read_json(self._decoded)
        if value is None:
            return None
        try:
            decoded = Decoded(
                good=np.array(value["good"], dtype=np.int64),
                sizes=np.array(value["sizes"], dtype=np.int64).reshape(-1, 2),
                faults=[Fault(*fault) for fault in value["faults"]],
                cached=value["cached"],
                decodes=value["decodes"],
            )
        except (KeyError, TypeError, ValueError):
            return None
        if decoded.cached:
            pixels = _array(self.pixels)
            if pixels is None or pixels.shape[1:] != (3, crop, crop):
                return None
        return decoded

    def save_decoded(self, decoded: Decoded) -> None:
        """Note that all images were read."""
        value: dict[str, Any] = asdict(decoded)
        value.update(good=decoded.good.tolist(), sizes=decoded.sizes.tolist())
        write_json(self._decoded, value)

    def features(self, samples: int) -> NDArray[np.float32] | None:
        """Return the (N, D) features of the unmasked encoder, if they are complete."""
        features = _array(self._features)
        return None if features is None or features.shape[0] != samples else features

    def save_features(self, features: NDArray[np.float32]) -> None:
        """Keep the features of the unmasked encoder."""
        write_npy(self._features, features)

    def losses(self, masks: int, samples: int) -> NDArray[np.float64]:
        """Return the (T, N) losses, memory-mapped for writing; NaN where not yet computed."""
        losses = _array(self._losses, mode="r+")
        if losses is None or losses.shape != (masks, samples):
            write_npy(self._losses, np.full((masks, samples), np.nan))
            losses = np.load(self._losses, mmap_mode="r+")
        return losses

    def masks_done(self, losses: NDArray[np.float64]) -> set[int]:
        """Return the masks that are noted as done and whose losses are all there."""
        noted = (read_json(self._state) or {}).get("masks_done", ())
        return {mask for mask in noted if mask < len(losses) and np.isfinite(losses[mask]).all()}

    def save_mask(self, losses: NDArray[np.float64], done: set[int]) -> None:
        """Note which masks' rows of losses are complete."""
        if isinstance(losses, np.memmap):
            losses.flush()
        write_json(self._state, {"masks_done": sorted(done)})

    def remove(self) -> None:
        """Delete the folder: the run is finished."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _array(file: Path, mode: Literal["r", "r+"] = "r") -> NDArray[Any] | None:
    """Return a memory-mapped array, or None if the file is missing or damaged."""
    try:
        return np.load(file, mmap_mode=mode, allow_pickle=False)  # type: ignore[no-any-return]
    except (OSError, ValueError, EOFError):
        return None
