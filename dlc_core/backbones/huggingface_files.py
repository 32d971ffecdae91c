"""The files of a Hugging Face model: in a folder, or on the hub."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dlc_core.backbones.huggingface_images import FILES, preprocess_of
from dlc_core.backbones.preprocess import Preprocess
from dlc_core.data_roots import require_model
from dlc_core.errors import DLCError
from dlc_core.hub import fetch_from_hub

_WEIGHTS = "model.safetensors"
_INDEX = "model.safetensors.index.json"  # of weights in several files


class ModelFiles:
    """A model's files.

    Args:
        name: a folder, or a name on the hub.
        download: whether the hub may be asked.

    Raises:
        DLCError: if a link in the folder leads where it may not be read.
    """

    def __init__(self, name: str, download: bool) -> None:
        self.name, self._download = name, download
        folder = Path(name).expanduser()
        self._folder = folder if name.strip() and folder.is_dir() else None
        for file in [] if self._folder is None else self._folder.iterdir():
            require_model(file)  # the library opens what it likes of them, links followed

    def get(self, file: str) -> Path:
        """Return where a file is.

        Raises:
            DLCError: if it is not there and may not, or cannot, be fetched.
        """
        if self._folder is None:
            return fetch_from_hub(self.name, file, of=f"hf:{self.name}", download=self._download)
        if not (self._folder / file).is_file():
            pickled = (self._folder / "pytorch_model.bin").is_file() and file == _WEIGHTS
            way = "; save it again with save_pretrained (safetensors)" if pickled else ""
            raise DLCError(f"the folder {self._folder} has no {file}{way}.")
        return self._folder / file

    def weights(self) -> Path:
        """Return where the weights are: a file, or the index of several, all of which are there.

        Raises:
            DLCError: if one is missing, or the index is none.
        """
        try:
            return self.get(_WEIGHTS)
        except DLCError as error:
            try:
                index = self.get(_INDEX)
            except DLCError:
                raise error from None
        try:
            parts = sorted(set(json.loads(index.read_bytes())["weight_map"].values()))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DLCError(f"{_INDEX} of hf:{self.name} lists no files of weights.") from error
        for part in parts:
            if Path(part).name != part or not part.endswith(".safetensors"):
                raise DLCError(f"{_INDEX} of hf:{self.name} names {part!r}, no file beside it.")
            self.get(part)
        return index

    def json(self, file: str) -> dict[str, Any] | None:
        """Return what a file says; None if the model has none.

        Raises:
            DLCError: if it is of the hub, not on this machine, and may not be fetched: without its
                own preprocessing a model would see other images than it should, unnoticed.
        """
        try:
            value = json.loads(self.get(file).read_text(encoding="utf-8"))
        except DLCError:
            if self._folder is None and not self._download:
                raise
            return None
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    def preprocess(self, transformers: Any) -> Preprocess:
        """Return the model's own evaluation transform.

        Raises:
            DLCError: if the model comes without one: with a guess it would see other images than
                it should, unnoticed.
        """
        absent: DLCError | None = None
        for file in FILES:
            try:
                said = self.json(file)
            except DLCError as error:
                absent = absent or error
                continue
            if said is not None:
                inner = said.get("image_processor")
                said = inner if isinstance(inner, dict) else said
                return preprocess_of(transformers, self.get(file).parent, said, f"hf:{self.name}")
        raise absent or DLCError(
            f"hf:{self.name} has no {FILES[0]}; save its image processor beside it "
            "(AutoImageProcessor.from_pretrained(NAME).save_pretrained(FOLDER))."
        )
