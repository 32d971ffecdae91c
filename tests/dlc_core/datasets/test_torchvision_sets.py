"""torchvision's datasets from a stand-in on this disk, in the library's own layout."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torchvision import datasets

import dlc_core as dlc
from dlc_core import offline
from dlc_core.datasets.torchvision_sets import SETS
from tests.dlc_core.datasets.conftest import Files, same_scores, scored, served


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DLC_DATASETS", str(tmp_path / "cache"))
    # urllib remembers the proxies that an earlier test may have set.
    monkeypatch.setattr("urllib.request._opener", None)
    return tmp_path / "cache"


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """A web server on this machine that gives the files of tmp_path/mirror."""
    (tmp_path / "mirror").mkdir()
    with served(tmp_path / "mirror") as address:
        yield address


def cifar(files: Files, at: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Write the digits as CIFAR-10's archive and let torchvision take it from there."""
    inside = at / "cifar-10-batches-py"
    inside.mkdir()
    pixels = np.zeros((60, 3, 32, 32), np.uint8)
    for place, digit in enumerate(files.pixels):
        pixels[place] = np.asarray(Image.fromarray(digit).resize((32, 32)))
    sums = []
    for number, name in enumerate([*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]):
        part = slice(12 * number, 12 * number + 12) if name != "test_batch" else slice(0, 12)
        value = {
            "data": pixels[part].reshape(12, -1),
            "labels": [int(x) for x in files.labels[part]],
        }
        (inside / name).write_bytes(pickle.dumps(value))
        sums.append([name, hashlib.md5((inside / name).read_bytes()).hexdigest()])
    names = [f"digit {n}" for n in range(10)]
    (inside / "batches.meta").write_bytes(pickle.dumps({"label_names": names}))
    meta = hashlib.md5((inside / "batches.meta").read_bytes()).hexdigest()
    with tarfile.open(at / "cifar.tar.gz", "w:gz") as tar:
        tar.add(inside, "cifar-10-batches-py")
    kind = datasets.CIFAR10
    monkeypatch.setattr(kind, "url", f"{url}/cifar.tar.gz")
    monkeypatch.setattr(kind, "filename", "cifar.tar.gz")
    whole = hashlib.md5((at / "cifar.tar.gz").read_bytes()).hexdigest()
    monkeypatch.setattr(kind, "tgz_md5", whole)
    monkeypatch.setattr(kind, "train_list", sums[:5])
    monkeypatch.setattr(kind, "test_list", sums[5:])
    monkeypatch.setattr(
        kind, "meta", {"filename": "batches.meta", "key": "label_names", "md5": meta}
    )


def test_a_download_from_a_mirror(
    digit_files: Files, tmp_path: Path, mirror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cifar(digit_files, tmp_path / "mirror", monkeypatch, mirror)
    with pytest.raises(dlc.DLCError, match=r"CIFAR10 is not on this machine .*--download"):
        dlc.load_dataset("torchvision:cifar10")
    data = dlc.load_dataset("torchvision:CIFAR10", download=True)
    assert data.classes == tuple(f"digit {n}" for n in range(10))
    assert (len(data.samples), data.split, data.name) == (60, "train", "CIFAR10 (train)")
    expected = Image.fromarray(digit_files.pixels[7]).resize((32, 32))
    found = np.asarray(data.read(data.samples[7]))[..., 0]
    np.testing.assert_array_equal(found, np.asarray(expected))
    assert data.encoded is not None
    assert data.encoded(data.samples[0]).startswith(b"\x89PNG")
    assert len(dlc.load_dataset("torchvision:CIFAR10", split="test").samples) == 12
    with pytest.raises(dlc.DLCError, match="has no split 'val'; it has train, test"):
        dlc.load_dataset("torchvision:CIFAR10", split="val")


def test_files_are_used_where_they_are(digit_files: Files, folder: Path, tmp_path: Path) -> None:
    """DTD's layout: images/class/file, and lists of files for each part."""
    root = folder / "dtd" / "dtd" / "dtd"
    (root / "images").parent.mkdir(parents=True)
    (root / "images").symlink_to(digit_files.root)
    (root / "labels").mkdir()
    for part in ("train", "val", "test"):
        (root / "labels" / f"{part}1.txt").write_text("\n".join(digit_files.paths) + "\n")
    run = scored("torchvision:DTD", out=tmp_path / "run")
    same_scores(run, digit_files)
    assert run.info["dataset"]["files"] is True
    assert run.samples["path"].tolist() == digit_files.paths


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("torchvision:CIFAR1", "no classification dataset .* did you mean CIFAR1"),
        ("torchvision:CocoDetection", "no classification dataset"),
        ("torchvision:", "no classification dataset"),
        ("torchvision:ImageNet", "ImageNet is not on this machine .*put its files into"),
        ("torchvision:EuroSAT", "EuroSAT is not on this machine"),
        ("torchvision:FGVCAircraft", "FGVCAircraft is not on this machine"),
    ],
)
def test_what_is_not_there(name: str, words: str) -> None:
    with pytest.raises(dlc.DLCError, match=words):
        dlc.load_dataset(name)


def test_without_network_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.CIFAR10, "url", "http://127.0.0.1:9/x.tar.gz")
    with pytest.raises(dlc.DLCError, match="could not download CIFAR10"):
        dlc.load_dataset("torchvision:CIFAR10", download=True)


def test_all_of_them_are_torchvisions() -> None:
    assert set(SETS) <= set(datasets.__all__)


@pytest.mark.parametrize("download", [[], ["--download"]])
def test_out_of_reach_is_told_before_torchvision_is_imported(
    tmp_path: Path, download: list[str]
) -> None:
    """In a process of its own, whose names lead nowhere."""
    code = (
        "import socket, sys\n"
        "def nowhere(*_): raise socket.gaierror('Name or service not known')\n"
        "socket.getaddrinfo = nowhere\n"
        "from dlc_core.cli import main\n"
        f"rc = main(['look', 'torchvision:DTD', *{download}])\n"
        "sys.exit(rc if 'torchvision' not in sys.modules else 9)"
    )
    no_proxy = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    found = subprocess.run(
        [sys.executable, "-c", code], env={**no_proxy, "DLC_DATASETS": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 2, found.stderr
    expected = "could not download DTD (Name" if download else "is not on this machine (nothing"
    assert expected in found.stderr
    assert "Traceback" not in found.stderr


def test_a_network_that_is_there_or_slow_is_not_called_offline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(offline, "getproxies", dict)
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: time.sleep(0.3))
    monkeypatch.setattr(offline, "_PATIENCE", 0.05)
    assert offline.offline() == ""

    def only_one(name: str, _port: int) -> None:
        if name != "github.com":
            raise OSError("no such name")

    monkeypatch.setattr(offline, "_PATIENCE", 5)
    monkeypatch.setattr("socket.getaddrinfo", only_one)
    assert offline.offline() == ""
    monkeypatch.setattr(offline, "getproxies", lambda: {"http": "http://proxy"})
    assert offline.offline() == ""
