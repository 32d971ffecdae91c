"""Images that are no files of the disk go into every format that holds images."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlc_core.cli import main
from dlc_core.datasets import load_dataset
from dlc_core.datasets.reopen import reopen
from dlc_core.runs import Run
from tests.dlc_core.datasets.conftest import served

SHADES = range(0, 240, 20)


def encoded(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (8, 8), shade).save(file, "PNG")
    return file.getvalue()


def npz(folder: Path, _web: ExitStack) -> str:
    images = np.stack([np.full((8, 8), shade, np.uint8) for shade in SHADES])
    np.savez(folder / "x.npz", images=images, labels=np.arange(12) % 2)
    return f"npz:{folder / 'x.npz'}"


def webdataset(folder: Path, _web: ExitStack) -> str:
    with tarfile.open(folder / "x.tar", "w") as tar:
        for place, shade in enumerate(SHADES):
            for suffix, data in (("png", encoded(shade)), ("cls", str(place % 2).encode())):
                entry = tarfile.TarInfo(f"{place:03d}.{suffix}")
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
    return str(folder / "x.tar")


def huggingface(folder: Path, _web: ExitStack) -> str:
    import datasets

    features = datasets.Features(
        {"image": datasets.Image(), "label": datasets.ClassLabel(names=["a", "b"])}
    )
    rows = {
        "image": [{"bytes": encoded(shade), "path": None} for shade in SHADES],
        "label": [place % 2 for place in range(12)],
    }
    datasets.Dataset.from_dict(rows, features=features).save_to_disk(str(folder / "hf"))
    return f"hf:{folder / 'hf'}"


def address(folder: Path, web: ExitStack) -> str:
    for place, shade in enumerate(SHADES):
        file = folder / "web" / str(place % 2) / f"{place}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(encoded(shade))
    return web.enter_context(served(folder / "web"))


@pytest.fixture
def web() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("make", [npz, webdataset, huggingface, address])
def test_every_kind_in_every_format(
    make: Callable[[Path, ExitStack], str], tmp_path: Path, web: ExitStack
) -> None:
    run, kept = tmp_path / "run", tmp_path / "kept.npy"
    assert main(["score", make(tmp_path, web), "--masks", "1", "--out", str(run)]) == 0
    assert main(["prune", str(run), "--keep", "0.5", "--out", str(kept)]) == 0
    opened = Run.open(run)
    images, samples = reopen(opened.info["dataset"]), opened.samples.set_index("id")
    rows = samples.loc[np.load(kept)]
    expected = sorted(shade_of(images.encoded(path)) for path in rows["path"])
    assert len(set(expected)) == 6
    for name in ("zip", "imagefolder", "hf-imagefolder", "hf"):
        out = tmp_path / f"out-{name}"
        words = ["--subset", str(kept), "--format", name, "--out", str(out)]
        assert main(["export", str(run), *words]) == 0
        assert sorted(map(shade_of, exported(out, name))) == expected


def shade_of(data: bytes) -> int:
    with Image.open(io.BytesIO(data)) as image:
        return int(np.asarray(image).flat[0])


def exported(out: Path, name: str) -> list[bytes]:
    """Return the images of an export."""
    if name == "zip":
        with zipfile.ZipFile(out) as archive:
            return [archive.read(entry) for entry in archive.namelist()]
    if name == "hf":
        data = load_dataset(f"hf:{out}")
        assert data.encoded is not None
        return [data.encoded(sample) for sample in data.samples]
    return [file.read_bytes() for file in out.rglob("*.png")]
