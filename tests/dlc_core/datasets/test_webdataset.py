"""Tar shards: what belongs together, where images lie, and what is said of wrong ones."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dlc_core as dlc
from dlc_core.datasets import UnreadableImage, table_text, tar_index
from dlc_core.datasets.arrays import png
from tests.dlc_core.datasets.conftest import Files, as_image, same_scores, scored


def write(shard: Path, members: dict[str, bytes], mode: str = "w") -> None:
    with tarfile.open(shard, mode) as tar:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def members(files: Files, start: int, stop: int, **how: bool) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for place in range(start, stop):
        picture, label = png(as_image(files.pixels[place])), files.labels[place]
        key = f"{label}/{place:04d}" if how.get("folders") else f"{place:04d}"
        found[f"{key}.png"] = picture
        if how.get("json"):
            found[f"{key}.json"] = json.dumps({"label": label, "age": place}).encode()
        elif not how.get("folders"):
            found[f"{key}.cls"] = label.encode()
    return found


@pytest.mark.parametrize("how", ["cls", "json", "folders"])
def test_scores_are_those_of_the_files(digit_files: Files, tmp_path: Path, how: str) -> None:
    for number in range(3):
        some = members(digit_files, 20 * number, 20 * number + 20, **{how: True})
        write(tmp_path / f"train-{number:02d}.tar", some)
    run = scored(f"{tmp_path}/train-{{00..02}}.tar", out=tmp_path / "run")
    same_scores(run, digit_files)
    if how == "json":
        assert run.columns["age"].tolist() == list(range(60))


def test_a_shard_of_the_webdataset_library(digit_files: Files, tmp_path: Path) -> None:
    import webdataset

    with webdataset.TarWriter(str(tmp_path / "a.tar")) as sink:
        for place in range(60):
            sink.write(
                {
                    "__key__": f"{place:04d}",
                    "png": as_image(digit_files.pixels[place]),
                    "cls": int(digit_files.labels[place]),
                }
            )
    same_scores(scored(tmp_path / "a.tar", out=tmp_path / "run"), digit_files)


def test_folders_patterns_and_parts(digit_files: Files, tmp_path: Path) -> None:
    (tmp_path / "shards").mkdir()
    for name in ("train-0", "train-1", "val-0"):
        write(tmp_path / "shards" / f"{name}.tar", members(digit_files, 0, 30))
    assert len(dlc.load_dataset(tmp_path / "shards").samples) == 90
    assert len(dlc.load_dataset(tmp_path / "shards", split="val").samples) == 30
    assert len(dlc.load_dataset(f"{tmp_path}/shards/train-*.tar").samples) == 60
    data = dlc.load_dataset(f"webdataset:{tmp_path}/shards/val-0.tar")
    assert len({sample.path for sample in data.samples}) == 30
    with pytest.raises(dlc.DLCError, match="has 'test' in its name"):
        dlc.load_dataset(tmp_path / "shards", split="test")


def test_members_without_image_or_label(digit_files: Files, tmp_path: Path) -> None:
    some = members(digit_files, 0, 20)
    del some["0003.cls"]
    del some["0004.png"]
    some["../evil.png"] = some["0000.png"]
    some["../evil.cls"] = b"0"
    some["0005.cls"] = b"\xff\xfe" * 200
    some["broken.png"], some["broken.cls"] = b"no image", b"1"
    some[".hidden.png"] = some["0000.png"]
    write(tmp_path / "a.tar", some)
    data = dlc.load_dataset(tmp_path / "a.tar")
    said = {fault.path: fault.error for fault in data.faults}
    assert "has no label" in said["0003.png"]
    assert "leads out" in said["../evil.png"]
    assert "too long" in said["0005.png"]
    assert len(said) == 3
    run = scored(tmp_path / "a.tar", out=tmp_path / "run")
    assert "not an image" in run.faults.set_index("path")["error"]["broken.png"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.tar", b"", "cannot be read|no image with a label"),
        ("a.tar", b"no tar" * 200, "cannot be read"),
        ("a.tar.gz", b"\x1f\x8b", "is compressed"),
        ("a.tar", b"\x1f\x8b\x08packed", "is compressed"),
        ("a.tgz", b"\x1f\x8b", "is compressed"),
        ("gone.tar", None, "no such shard"),
        ("a-{3..1}.tar", None, "is no range"),
        ("a-{0..999999}.tar", None, "is no range"),
        ("*.tar", None, r"no .tar shard"),
    ],
)
def test_wrong_shards(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(dlc.DLCError, match=words):
        dlc.load_dataset(tmp_path / name)


def test_shards_cut_short_or_gone(digit_files: Files, tmp_path: Path) -> None:
    write(tmp_path / "a.tar", members(digit_files, 0, 20))
    data = dlc.load_dataset(tmp_path / "a.tar")
    (tmp_path / "a.tar").write_bytes((tmp_path / "a.tar").read_bytes()[:3000])
    with pytest.raises(UnreadableImage, match="ends in the middle"):
        data.read(data.samples[-1])
    (tmp_path / "a.tar").unlink()
    with pytest.raises(dlc.DLCError, match="was there and is gone"):
        data.read(data.samples[0])


def pair(place: int, *endings: str, label: str = "cls") -> dict[str, bytes]:
    picture = png(as_image(np.full((4, 4), place, np.uint8)))
    found = {f"{place:04d}.{ending}": picture for ending in endings}
    return {**found, f"{place:04d}.{label}": str(place % 2).encode()}


def test_several_images_of_a_key_are_told_and_one_is_chosen(tmp_path: Path) -> None:
    some = {k: v for n in range(4) for k, v in pair(n, "left.png", "right.png").items()}
    write(tmp_path / "a.tar", some)
    data = dlc.load_dataset(tmp_path / "a.tar")
    assert [sample.path for sample in data.samples] == [f"{n:04d}.left.png" for n in range(4)]
    assert data.cautions == (
        "4 keys hold several images, such as 0000.left.png and 0000.right.png; one of each counts, "
        "the others are left out: choose with --image-column right.png.",
    )
    data = dlc.load_dataset(tmp_path / "a.tar", image_column="right.png")
    assert [sample.path for sample in data.samples] == [f"{n:04d}.right.png" for n in range(4)]
    with pytest.raises(dlc.DLCError, match=r"no image in .* ends in 'up.png' \(--image-column\)"):
        dlc.load_dataset(tmp_path / "a.tar", image_column="up.png")


def test_dots_in_keys_are_told(tmp_path: Path) -> None:
    some = {f"v1.{k}": v for n in range(4) for k, v in pair(n, "png").items()}
    write(tmp_path / "a.tar", some)
    with pytest.raises(
        dlc.DLCError, match=r"ends at the first dot .* v1\.0000\.png and v1\.0001\.png are one"
    ) as told:
        dlc.load_dataset(tmp_path / "a.tar")
    assert len(str(told.value)) < 400
    in_folders = {f"{int(k[3:7]) % 2}/{k}": v for k, v in some.items() if k.endswith("png")}
    write(tmp_path / "b.tar", in_folders)
    data = dlc.load_dataset(tmp_path / "b.tar")
    assert len(data.samples) == 2
    assert "A key of WebDataset ends at the first dot" in data.cautions[0]
    write(
        tmp_path / "c.tar", {f"set.v2/{k}": v for n in range(4) for k, v in pair(n, "png").items()}
    )
    assert not dlc.load_dataset(tmp_path / "c.tar").cautions


def test_keys_without_an_image_are_counted(tmp_path: Path) -> None:
    some = {k: v for n in range(4) for k, v in pair(n, "png").items()}
    some |= {"x.heic": b"x", "x.cls": b"1", "y.cls": b"1"}
    write(tmp_path / "a.tar", some)
    data = dlc.load_dataset(tmp_path / "a.tar")
    assert len(data.samples) == 4
    assert data.notes[0] == "2 keys have no image and are left out"
    assert "1 picture is left out, of formats that are not read: 1 .heic." in data.cautions


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE, **more: Any) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    for key, value in more.items():
        setattr(info, key, value)
    return info.tobuf(tarfile.GNU_FORMAT)


def sized(size: int) -> bytes:
    """Return a header of a negative or huge size, in base 256."""
    block = bytearray(header("a.png", 0))
    block[124:136] = size.to_bytes(12, "big", signed=True) if size < 0 else (
        b"\x80" + size.to_bytes(11, "big")
    )  # fmt: skip
    block[148:156] = b"%06o\0 " % (256 + sum(block[:148]) + sum(block[156:]))
    return bytes(block)


def pax(text: str, kind: bytes = tarfile.XHDTYPE) -> bytes:
    data = text.encode()
    return header("pax", len(data), kind) + data + bytes(-len(data) % 512)


ENDLESS = {
    "a size below zero": sized(-1536),
    "below zero, later": header("a.cls", 1) + b"1".ljust(512, b"\0") + sized(-1024),
    "back by an attribute": header("b.cls", 0) + pax("18 size=-00001536\n") + header("a.png", 0),
    "a long attribute": pax("x" * 40_000) + header("a.png", 0),
    "a long attribute of all": pax("x" * 40_000, tarfile.XGLTYPE) + header("a.png", 0),
    "a long name": header("@", 40_000, tarfile.GNUTYPE_LONGNAME) + b"x" * 40_448,
    "a name of the memory's size": header("@", 7 << 30, tarfile.GNUTYPE_LONGNAME),
    "headers of headers": pax("11 a=bbbbb\n") * 3000,
    "a size of thousands of digits": pax("5009 size=" + "9" * 5000 + "\n") + header("a.png", 0),
    "a size that no file has": sized(1 << 80),
    "holes without an end": header("a.png", 0, tarfile.GNUTYPE_SPARSE)[:482] + b"\1" + bytes(29),
}


@pytest.mark.parametrize("data", ENDLESS.values(), ids=ENDLESS)
def test_listings_end(data: bytes, tmp_path: Path) -> None:
    shard = tmp_path / "a.tar"
    shard.write_bytes(data + bytes(1024))
    with pytest.raises(dlc.DLCError) as found:
        dlc.load_dataset(str(shard))
    assert str(shard.name) in str(found.value)


def test_files_with_holes_are_faults_and_no_labels(tmp_path: Path) -> None:
    """A hole is as long as it is said to be, and takes nothing in the shard."""
    blocks = b""
    for name, size in (("a.png", 1 << 40), ("a.cls", 1 << 20)):
        block = bytearray(header(name, 0, tarfile.GNUTYPE_SPARSE))
        block[483:495] = b"%011o\0" % size if size < 1 << 33 else b"\x80" + size.to_bytes(11, "big")
        block[148:156] = b"        "
        block[148:156] = b"%06o\0 " % sum(block)
        blocks += bytes(block)
    shard = tmp_path / "a.tar"
    whole = (
        header("b.png", 1) + b"x".ljust(512, b"\0") + header("b.cls", 1) + b"1".ljust(512, b"\0")
    )
    shard.write_bytes(blocks + whole + bytes(1024))
    data = dlc.load_dataset(str(shard))
    assert [(fault.path, fault.label) for fault in data.faults] == [("a.png", "")]
    assert "holes" in data.faults[0].error
    assert [sample.path for sample in data.samples] == ["b.png"]


def test_more_files_than_there_is_memory_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        write(
            tmp_path / f"{number}.tar",
            {f"{n}.{end}": b"1" for n in range(5) for end in ("png", "cls")},
        )
    monkeypatch.setattr(tar_index, "memory_room", lambda: 30 * 2048)
    assert len(dlc.load_dataset(str(tmp_path)).samples) == 15
    monkeypatch.setattr(tar_index, "memory_room", lambda: 29 * 2048)
    with pytest.raises(dlc.DLCError, match="hold more than 29 files"):
        dlc.load_dataset(str(tmp_path))


def test_keys_of_json_that_no_two_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some: dict[str, bytes] = {}
    for n in range(20):
        some |= {
            f"{n}.png": b"1",
            f"{n}.cls": b"1",
            f"{n}.json": json.dumps({f"{n}_{k}": 1 for k in range(50)}).encode(),
        }
    write(tmp_path / "a.tar", some)
    monkeypatch.setattr(table_text, "memory_room", lambda: 100_000)
    with pytest.raises(dlc.DLCError, match="20 rows of 1,000 columns"):
        dlc.load_dataset(str(tmp_path / "a.tar"))
