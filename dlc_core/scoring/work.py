"""What a scoring keeps on disk while it is under way, so that it can go on after a stop."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

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

    def decoded(self) -> Decoded | None:
        """Return what an earlier, complete pass over the images found."""
        value = read_json(self._decoded)
        if value is None or (value["cached"] and not self.pixels.is_file()):
            return None
        return Decoded(
            good=np.array(value["good"], dtype=np.int64),
            sizes=np.array(value["sizes"], dtype=np.int64).reshape(-1, 2),
            faults=[Fault(*fault) for fault in value["faults"]],
            cached=value["cached"],
            decodes=value["decodes"],
        )

    def save_decoded(self, decoded: Decoded) -> None:
        """Note that all images were read."""
        value: dict[str, Any] = asdict(decoded)
        value.update(good=decoded.good.tolist(), sizes=decoded.sizes.tolist())
        write_json(self._decoded, value)

    def features(self) -> NDArray[np.float32] | None:
        """Return the (N, D) features of the unmasked encoder, if they are complete."""
        return np.load(self._features, mmap_mode="r") if self._features.is_file() else None

    def save_features(self, features: NDArray[np.float32]) -> None:
        """Keep the features of the unmasked encoder."""
        write_npy(self._features, features)

    def losses(self, masks: int, samples: int) -> NDArray[np.float64]:
        """Return the (T, N) losses, memory-mapped for writing; NaN where not yet computed."""
        if self._losses.is_file():
            return np.load(self._losses, mmap_mode="r+")  # type: ignore[no-any-return]
        write_npy(self._losses, np.full((masks, samples), np.nan))
        return self.losses(masks, samples)

    def masks_done(self) -> set[int]:
        """Return the masks whose losses are on disk."""
        state = read_json(self._state) or {}
        return set(state.get("masks_done", ()))

    def save_mask(self, losses: NDArray[np.float64], mask: int) -> None:
        """Note that a mask's row of losses is complete."""
        if isinstance(losses, np.memmap):
            losses.flush()
        write_json(self._state, {"masks_done": sorted({*self.masks_done(), mask})})

    def remove(self) -> None:
        """Delete the folder: the run is finished."""
        shutil.rmtree(self.folder, ignore_errors=True)
