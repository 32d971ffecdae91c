"""However many threads decode, only so many pixels are in memory at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import dlc_core as dlc
from dlc_core.backbones import Preprocess
from dlc_core.datasets import Sample, UnreadableImage, images, pixels_in_flight
from dlc_core.datasets.images import read_image
from dlc_core.datasets.pixels_in_flight import PixelBudget, pixels_of
from dlc_core.modalities import image, reading
from dlc_core.modalities.base import Prepared
from dlc_core.modalities.reading import prepared

LIMIT = 1000


class Watched(PixelBudget):
    """Remembers the most that was in use."""

    most = 0

    def _take(self, pixels: int, *, waits: bool) -> None:
        super()._take(pixels, waits=waits)
        self.most = max(self.most, self._used)


@pytest.fixture
def budget(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    found = Watched(LIMIT)
    monkeypatch.setattr(pixels_in_flight, "budget", lambda: found)
    monkeypatch.setattr(image, "budget", lambda: found)
    yield found
    assert found._used == 0
    assert not found._waiting


def folder(root: Path) -> Path:
    for n, side in enumerate([8, 20, 31, 4, 31, 20, 8, 31, 16, 31, 31, 2]):
        file = root / "c" / f"{n:02d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((side, side), n, np.uint8)).save(file)
    return root


def test_all_threads_together(
    budget: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    monkeypatch.setattr(reading, "_GROUP", 1)
    data = dlc.load_dataset(folder(tmp_path))
    found = list(prepared(data, Preprocess(8, 8), data.samples, previews=True))
    assert [int(one.values[0, 0, 0]) for one in found if isinstance(one, Prepared)] == [*range(12)]
    assert 31 * 31 <= budget.most <= LIMIT


def test_one_larger_than_all_is_a_fault(budget: Watched, tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "a.gif", "a.tif"):
        Image.new("L", (40, 26)).save(tmp_path / name)
        with pytest.raises(UnreadableImage, match="refused: 1,040 pixels, more than the 1,000"):
            read_image(tmp_path / name)
    Image.new("L", (40, 25)).save(tmp_path / "b.png")
    assert read_image(tmp_path / "b.png").size == (40, 25)
    assert budget.most == LIMIT


def test_a_reader_that_keeps_its_pictures_never_waits(budget: Watched, tmp_path: Path) -> None:
    """As a notebook does: the share counts while a picture is decoded."""
    root = folder(tmp_path)
    kept = [read_image(file) for file in sorted(root.rglob("*.png"))]
    assert len(kept) == 12
    with budget.held():  # nor does one that reads a second while it holds a first
        pair = read_image(root / "c" / "02.png"), read_image(root / "c" / "04.png")
    assert pair[0].size == pair[1].size == (31, 31)
    assert budget.most == 2 * 31 * 31


def test_who_asked_first_is_served_first_and_faults_give_back(budget: Watched) -> None:
    order: list[int] = []
    ready = [threading.Event() for _ in range(3)]

    def ask(number: int, pixels: int) -> None:
        ready[number].set()
        with budget.held(), budget.share(pixels):
            order.append(number)

    with ThreadPoolExecutor(3) as pool, budget.held():
        with budget.share(900):
            pass
        pool.submit(ask, 0, 1000)
        ready[0].wait()
        while not budget._waiting:
            pass
        pool.submit(ask, 1, 50)  # there would be room, but a larger one waits already
        ready[1].wait()
    assert order == [0, 1]
    with pytest.raises(UnreadableImage), budget.held(), budget.share(10):
        raise UnreadableImage("damaged")


def test_large_inside(tmp_path: Path) -> None:
    Image.new("RGB", (16, 16)).save(tmp_path / "a.ico", sizes=[(16, 16)])
    with Image.open(tmp_path / "a.ico", formats=("ICO",)) as icon:
        assert pixels_of(icon) == 2 * (Image.MAX_IMAGE_PIXELS or 0)
    assert pixels_in_flight.budget().limit >= 2 * (Image.MAX_IMAGE_PIXELS or 0)
    assert read_image(tmp_path / "a.ico").size == (16, 16)


def test_the_pages_hold_their_share_as_well(
    budget: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    plain = images.plain

    def watched(image: Image.Image) -> Image.Image:
        held.append(budget._used)
        return plain(image)

    monkeypatch.setattr(images, "plain", watched)
    data = dlc.load_dataset(folder(tmp_path))
    image.prepare_image(data, Preprocess(8, 8), Sample(0, data.samples[2].path, 0), preview=True)
    assert held == [31 * 31]
