"""What the tests share: the material beside the checkout, and one scored run of the digits."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from dlc_core.runs import Run

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real images and weights; it is beside a developer's checkout only."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("../shared/data is not here: real images and weights are not in the project")
    return folder


@pytest.fixture(scope="session")
def digits_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with one finished run, "digits-demo": all digits, 3 masks."""
    from dlc_core.cli import main

    runs = tmp_path_factory.mktemp("runs")
    assert main(["score", "digits", "--masks", "3", "--out", str(runs / "digits-demo")]) == 0
    return runs


@pytest.fixture(scope="session")
def digits_run(digits_runs: Path) -> Run:
    """All digits, scored with 3 masks."""
    return Run.open(digits_runs / "digits-demo")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small image folder: two classes of six images of different grey and size."""
    root = tmp_path / "images"
    for class_number, name in enumerate(("cats", "dogs")):
        (root / name).mkdir(parents=True)
        for number in range(6):
            shade = 40 + 100 * class_number + 9 * number
            image = Image.new("RGB", (20 + number, 24), (shade, 255 - shade, 7 * number))
            image.putpixel((3, 3), (255, 0, 0))
            image.save(root / name / f"{number}.png")
    return root
