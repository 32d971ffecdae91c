"""What the tests share: the material beside the checkout, one scored run of the digits, workers.

Tests run in one process a core (pytest-xdist); `-n 0` runs them in this one. Each process computes
with one thread: threads of several processes would only wait for each other.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

# Before anything imports a library that computes; what the tests start inherits it.
for _library in ("OMP", "MKL", "OPENBLAS", "NUMBA"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import pytest
from filelock import FileLock
from PIL import Image

from dlc_core.runs import Run

ROOT = Path(__file__).resolve().parents[1]
MakeOnce = Callable[[str, Callable[[Path], object]], Path]
FEW = 20  # tests that are quicker in this process than in several


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> Generator[None, int, int]:
    """Return how many processes `-n auto` means: one a core; none for a few tests."""
    found = yield  # none with --pdb
    if not found or "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return found
    if _by_name(config) or (config.getoption("lf") and 0 < _last_failed(config) <= FEW):
        return 0
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else found


def _by_name(config: pytest.Config) -> bool:
    return bool(config.args) and all("::" in argument for argument in config.args)


def _last_failed(config: pytest.Config) -> int:
    # The plug-in that knows is set up later than the processes.
    file = config.rootpath / config.getini("cache_dir") / "v" / "cache" / "lastfailed"
    return len(json.loads(file.read_text())) if file.is_file() else 0


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is `long`, unless it is asked for by -m or by name."""
    if _by_name(config) or "long" in str(config.getoption("markexpr")):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session", autouse=True)
def _own_data_directory(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep out of the user's data directory; all processes of the suite share this one."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    os.environ["XDG_DATA_HOME"] = str(shared / "data-home")


@pytest.fixture(autouse=True)
def _no_data_roots_of_another() -> Iterator[None]:
    """Take back the data roots that app.py gives its process, as a server of its own does."""
    before = os.environ.get("DLC_DATA_ROOTS")
    yield
    if before is None:
        os.environ.pop("DLC_DATA_ROOTS", None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real images and weights; it is beside a developer's checkout only."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("../shared/data is not here: real images and weights are not in the project")
    return folder


@pytest.fixture(scope="session")
def make_once(tmp_path_factory: pytest.TempPathFactory) -> MakeOnce:
    """Return a function that makes a folder once for all processes of this test run."""
    top = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        top = top.parent  # of all processes

    def once(name: str, make: Callable[[Path], object]) -> Path:
        """Return the folder of a name, read only; `make` is given its path and fills it."""
        folder = top / f"once-{name}"
        with FileLock(f"{folder}.lock"):
            made = Path(f"{folder}.made")  # not there if making it failed
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)
                make(folder)
                made.touch()
        return folder

    return once


@pytest.fixture(scope="session")
def digits_runs(make_once: MakeOnce, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with one finished run, "digits-demo": all digits, 3 masks."""
    from dlc_core.cli import main

    def score(folder: Path) -> None:
        assert main(["score", "digits", "--masks", "3", "--out", str(folder / "digits-demo")]) == 0

    return shutil.copytree(make_once("digits", score), tmp_path_factory.mktemp("digits") / "runs")


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
