"""Folders and archives: whole or not there, read by what they are for, and from nowhere else."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import ImageFolder

from dlc_core.datasets import load_dataset
from dlc_core.decisions import record
from dlc_core.errors import DLCError
from dlc_core.export import Content, content_of, write_export
from dlc_core.records.progress import Step
from dlc_core.runs import Run

TREES = ("imagefolder", "zip", "hf-imagefolder", "hf")


def everything(run: Run) -> Content:
    return content_of(run, run.samples["id"].to_numpy())


def digest(path: str | Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def leftovers(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if entry.name.endswith(".tmp")]


@contextmanager
def small_disk(size: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("mode", ["copy", "hardlink", "symlink"])
def test_imagefolder_reads_the_tree(run: Run, hostile: Path, tmp_path: Path, mode: str) -> None:
    record(run.path, [2, 3], by="a", relabel=run.classes[4])
    content = everything(run)
    out = tmp_path / "out ü"
    written = write_export(content, out, format_name="imagefolder", mode=mode)
    assert (written.samples, written.faults) == (78, ())
    read = ImageFolder(str(out))
    assert len(read) == 78
    found = Counter((digest(path), read.classes[label]) for path, label in read.samples)
    table = content.table
    expected = Counter(
        (digest(hostile / path), label)
        for path, label in zip(table["path"], table["label"], strict=True)
    )
    assert found == expected
    assert not leftovers(tmp_path)
    one = Path(read.samples[0][0])
    assert one.is_symlink() == (mode == "symlink")
    assert (one.lstat().st_nlink > 1) == (mode == "hardlink")


def test_names_are_given_once_and_always_the_same(run: Run, tmp_path: Path) -> None:
    names = []
    for place in range(2):
        out = tmp_path / f"out{place}"
        write_export(everything(run), out, format_name="imagefolder", mode="symlink")
        names.append(sorted(path.relative_to(out).as_posix() for path in out.rglob("*.*")))
    assert names[0] == names[1]
    paths = run.samples.set_index("path")["id"]
    first, second, third = (paths[f"@home/{name}"] for name in ("A.PNG", "a.png", "sub/a.png"))
    of_home = [name for name in names[0] if name.lower().startswith("@home/a")]
    assert first < second < third
    assert of_home == ["@home/A.PNG", f"@home/a-{second}.png", f"@home/a-{third}.png"]


def test_the_zip_is_the_same_tree_and_the_same_bytes(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "tree"
    write_export(everything(run), out, format_name="imagefolder")
    files = [tmp_path / "a.zip", tmp_path / "b.zip"]
    steps: list[Step] = []
    for file in files:
        write_export(everything(run), file, format_name="zip", report=steps.append)
    assert digest(files[0]) == digest(files[1])
    assert (steps[-1].done, steps[-1].total) == (78, 78)
    with zipfile.ZipFile(files[0]) as archive:
        assert archive.testzip() is None
        kinds = {info.filename[-3:].lower(): info.compress_type for info in archive.infolist()}
        assert kinds["png"] == kinds["jpg"] == zipfile.ZIP_STORED
        assert kinds["bmp"] == kinds["ppm"] == zipfile.ZIP_DEFLATED
        archive.extractall(tmp_path / "unpacked")
    tree = {p.relative_to(out): digest(p) for p in out.rglob("*") if p.is_file()}
    unpacked = tmp_path / "unpacked"
    again = {p.relative_to(unpacked): digest(p) for p in unpacked.rglob("*") if p.is_file()}
    assert tree == again
    assert len(ImageFolder(str(unpacked))) == 78


@pytest.mark.parametrize("name", TREES)
def test_missing_images_are_faults_and_the_rest_goes_on(
    own: Run, tmp_path: Path, name: str
) -> None:
    root = Path(own.info["dataset"]["root"])
    gone, loop, pipe = (own.samples["path"][i] for i in (3, 20, 21))
    for path in (gone, loop, pipe):
        (root / path).unlink()
    (root / loop).symlink_to(root / loop)
    os.mkfifo(root / pipe)
    written = write_export(everything(own), tmp_path / "out", format_name=name)
    assert written.samples == 75
    assert [(fault.path, fault.error) for fault in written.faults] == [
        (gone, "the file is missing"),
        (loop, "a name or a link that leads nowhere"),
        (pipe, "not a regular file"),
    ]


@pytest.mark.parametrize("mode", ["copy", "hardlink", "symlink"])
def test_nothing_outside_the_dataset_is_read(own: Run, tmp_path: Path, mode: str) -> None:
    root = Path(own.info["dataset"]["root"])
    secret = tmp_path / "elsewhere" / "secret.png"
    secret.parent.mkdir()
    secret.write_text("secret")
    linked = root / own.samples["path"][0]
    linked.unlink()
    linked.symlink_to(secret)
    own.samples.loc[1, "path"] = "../elsewhere/secret.png"
    own.samples.loc[2, "path"] = str(secret)
    own.samples.loc[3, "path"] = "@home/.."
    out = tmp_path / "out"
    written = write_export(everything(own), out, format_name="imagefolder", mode=mode)
    assert [fault.error.partition(";")[0] for fault in written.faults] == [
        "a link that leads out of the dataset's folder (see --data-root)",
        *["a path that leads out of the dataset's folder"] * 3,
    ]
    assert not any(p.is_file() and p.read_bytes() == b"secret" for p in out.rglob("*"))
    written = write_export(
        everything(own), tmp_path / "more", format_name="zip", data_roots=[secret.parent]
    )
    assert len(written.faults) == 3


@pytest.mark.parametrize("name", TREES)
def test_a_full_disk_leaves_nothing(own: Run, tmp_path: Path, name: str) -> None:
    root = Path(own.info["dataset"]["root"])
    (root / own.samples["path"][40]).write_bytes(os.urandom(400_000))
    with small_disk(300_000), pytest.raises(DLCError, match="the disk is full: nothing was writ"):
        write_export(everything(own), tmp_path / "out", format_name=name)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["images", "run"]


@pytest.mark.parametrize("name", TREES)
def test_a_stop_leaves_nothing(run: Run, tmp_path: Path, name: str) -> None:
    def stop(step: Step) -> None:
        if step.done == step.total:  # the images are there, the end is not
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_export(everything(run), tmp_path / "out", format_name=name, report=stop)
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]


def test_what_exists_is_not_touched(run: Run, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    for name in ("imagefolder", "hf-imagefolder", "hf"):
        with pytest.raises(DLCError, match="full exists already; add --overwrite"):
            write_export(everything(run), tmp_path / "full", format_name=name)
        with pytest.raises(DLCError, match="file exists already; add --overwrite"):
            write_export(everything(run), tmp_path / "file", format_name=name)
    with pytest.raises(DLCError, match="full is a folder; name a file"):
        write_export(everything(run), tmp_path / "full", format_name="zip", overwrite=True)
    with pytest.raises(DLCError, match="cannot write"):
        write_export(everything(run), tmp_path / "no" / "out", format_name="zip")
    write_export(everything(run), tmp_path / "empty", format_name="imagefolder", mode="symlink")
    root = Path(run.info["dataset"]["root"])
    with pytest.raises(DLCError, match="would become part of the dataset"):
        write_export(everything(run), root / "kept", format_name="imagefolder")
    with pytest.raises(DLCError, match="no mode 'symlink'"):
        write_export(everything(run), tmp_path / "x", format_name="zip", mode="symlink")
    both = content_of(run, run.samples["id"].to_numpy(), part="both")
    with pytest.raises(DLCError, match="not both"):
        write_export(both, tmp_path / "x", format_name="zip")


@pytest.mark.parametrize("label", ["a/b", "..", ".hidden", "a\\b", " ", "nul\0", "é" * 200])
def test_labels_that_cannot_be_folders_are_refused(run: Run, tmp_path: Path, label: str) -> None:
    record(run.path, [2], by="a", relabel=label) if label.strip() else None
    content = everything(run)
    content.table.loc[2, "label"] = label
    with pytest.raises(DLCError, match="cannot be the name of a folder"):
        write_export(content, tmp_path / "out", format_name="imagefolder")
    assert not (tmp_path / "out").exists()


def test_hard_links_need_the_same_disk(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other(*_names: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", other)
    with pytest.raises(DLCError, match=r"cannot hard-link .*use --mode copy or symlink"):
        write_export(everything(run), tmp_path / "o", format_name="imagefolder", mode="hardlink")


def test_images_that_are_gone_are_one_sentence(own: Run, digits_run: Run, tmp_path: Path) -> None:
    shutil.rmtree(own.info["dataset"]["root"])
    with pytest.raises(DLCError, match="images cannot be found; bring it back"):
        write_export(everything(own), tmp_path / "out", format_name="zip")
    Path(own.info["dataset"]["root"]).mkdir()
    with pytest.raises(DLCError, match="none of the 78 images could be exported"):
        write_export(everything(own), tmp_path / "out", format_name="zip")
    assert not (tmp_path / "out").exists()


def test_images_that_are_no_files_become_some(digits_run: Run, tmp_path: Path) -> None:
    content = content_of(digits_run, np.array([1, 5]))
    write_export(content, tmp_path / "out", format_name="imagefolder")
    (image,) = (tmp_path / "out").glob("1/*.png")
    sample = next(one for one in load_dataset("digits").samples if one.id == 1)
    expected = load_dataset("digits").read(sample)
    with Image.open(image) as found:
        np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))
    with pytest.raises(DLCError, match="is no file of its own, so it cannot be linked"):
        write_export(content, tmp_path / "links", format_name="imagefolder", mode="symlink")
    assert not (tmp_path / "links").exists()
    for part in ("zip", "again"):  # the same bytes as the files, and the same twice
        write_export(content, tmp_path / part, format_name="zip")
    assert digest(tmp_path / "zip") == digest(tmp_path / "again")
    with zipfile.ZipFile(tmp_path / "zip") as archive:
        assert archive.read(f"1/{image.name}") == image.read_bytes()
