"""The easiest and the hardest samples of the largest classes, with their pictures."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlc_core.previews import read_preview
from dlc_core.report.kept import Kept
from dlc_core.runs import Run
from dlc_core.thumbnails import SIDE, encode_thumbnail

MOST_CLASSES, EACH = 12, 4
_MOST_BYTES = 30_000  # of one picture; those of a run have about 4,000
_TINY = 48  # pixels: below, enlarged pixel by pixel


@dataclass(frozen=True)
class Tile:
    """One sample.

    Attributes:
        path: of its file in the dataset.
        percentile: within its class.
        fate: "kept", "pinned", "dropped" or "excluded".
        picture: data URI, or "" if the run holds none.
        tiny: whether the picture is so small that its pixels should be seen.
    """

    path: str
    percentile: float
    fate: str
    picture: str
    tiny: bool


@dataclass(frozen=True)
class Strip:
    """One class: its easiest and its hardest samples, each from easier to harder."""

    class_id: int
    samples: int
    easiest: tuple[Tile, ...]
    hardest: tuple[Tile, ...]


def strips(run: Run, kept: Kept, shown: list[int]) -> list[Strip]:
    """Return the tiles of some classes; a class of few samples shows none of them twice.

    Args:
        run: the run, whose own small pictures are used: the dataset need not be there.
        kept: what is kept of it.
        shown: the classes.
    """
    class_ids = run.samples["class_id"].to_numpy()
    ranks = run.samples["class_rank"].to_numpy()
    found = []
    for class_id in shown:
        rows = np.flatnonzero(class_ids == class_id)
        rows = rows[np.argsort(-ranks[rows], kind="stable")]  # easier first
        few = min(EACH, len(rows) // 2)
        many = min(EACH, len(rows) - few)
        easiest, hardest = rows[:few], rows[len(rows) - many :]
        found.append(
            Strip(class_id, len(rows), _tiles(run, kept, easiest), _tiles(run, kept, hardest))
        )
    return found


def _tiles(run: Run, kept: Kept, rows: NDArray[np.int64]) -> tuple[Tile, ...]:
    some = run.samples.iloc[rows]
    tiles = []
    for row, path, percentile in zip(
        rows.tolist(), some["path"].tolist(), some["percentile"].tolist(), strict=True
    ):
        picture, tiny = _picture(run, row)
        tiles.append(Tile(path, float(percentile), _fate(kept, row), picture, tiny))
    return tuple(tiles)


def _fate(kept: Kept, row: int) -> str:
    if kept.mask[row]:
        return "pinned" if kept.pinned_mask[row] else "kept"
    return "excluded" if kept.excluded_mask[row] else "dropped"


def _picture(run: Run, row: int) -> tuple[str, bool]:
    """Return a picture's data URI and whether it is tiny; ("", False) if there is none."""
    found = read_preview(run.path, row)
    if found is None:
        return "", False
    data, media_type = found
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            size = image.size
            image.load()
            if max(size) > SIDE or len(data) > _MOST_BYTES:  # a run that another program wrote
                small = image.convert("RGB")
                small.thumbnail((SIDE, SIDE))
                data = encode_thumbnail(small)
                media_type = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return "", False
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}", max(size) <= _TINY
