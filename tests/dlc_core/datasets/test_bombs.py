"""Small files that grow: refused by what they say of themselves, or while they come out."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import dlc_core as dlc
from dlc_core import decompression_limits
from dlc_core.datasets import table_text
from dlc_core.datasets.archive import extract_zip
from dlc_core.datasets.archive_members import Limits
from dlc_core.datasets.images import read_image
from dlc_core.datasets.npz import load_npz
from dlc_core.datasets.table_reading import read_table
from dlc_core.errors import DLCError
from tests.dlc_core.datasets.test_archive import pack

ZEROS = bytes(1 << 20)


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is small is smaller here, so that a bomb need not be large."""
    monkeypatch.setattr(decompression_limits, "SMALL", 1 << 19)


def of_many(file: Path) -> Path:
    return pack(file, {f"c/{n}.png": ZEROS[: 1 << 18] for n in range(8)})


def of_shared_bytes(file: Path) -> Path:
    """Every file of the list is the first one's bytes."""
    pack(file, {f"c/{n}.png": bytes(100) for n in range(5)}, zipfile.ZIP_STORED)
    data = bytearray(file.read_bytes())
    place = data.find(b"PK\1\2")
    while place >= 0:
        data[place + 42 : place + 46] = bytes(4)
        place = data.find(b"PK\1\2", place + 4)
    file.write_bytes(data)
    return file


def of_quoted_headers(file: Path) -> Path:
    """The first file's bytes go on over the next one's header (Fifield)."""
    pack(file, {f"c/{n}.png": bytes(100) for n in range(3)}, zipfile.ZIP_STORED)
    data = bytearray(file.read_bytes())
    place = data.index(b"PK\1\2")
    for at in (place + 20, place + 24):
        data[at : at + 4] = (300).to_bytes(4, "little")
    file.write_bytes(data)
    return file


def of_folders(file: Path) -> Path:
    return pack(file, {"/".join("a" * 100) + "/x.png": b"x"})


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (of_many, r"its files grow 2,097,152 bytes out of [\d,]+ \(a bomb\?\)"),
        (of_shared_bytes, r"share the same bytes|Overlapped"),
        (of_quoted_headers, r"share the same bytes|Overlapped"),
        (of_folders, r"folders lie 100 inside each other; at most 64"),
    ],
)
def test_zips(made: Callable[[Path], Path], words: str, tmp_path: Path) -> None:
    file = made(tmp_path / "a.zip")
    with pytest.raises(DLCError, match=words):
        extract_zip(file, tmp_path / "in" / "here")
    assert not list((tmp_path / "in").iterdir())


def test_a_zips_list_is_bounded_before_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = pack(tmp_path / "a.zip", {f"c/{n}.png": b"x" for n in range(50)})
    monkeypatch.setattr(decompression_limits, "_CHECKED", 100)
    monkeypatch.setattr(zipfile, "ZipInfo", None)  # it would be made of each
    with pytest.raises(DLCError, match="lists more than 20 files"):
        extract_zip(file, tmp_path / "here", limits=Limits(entries=20))
    monkeypatch.setattr(decompression_limits, "_LIST", 1000)
    with pytest.raises(DLCError, match="its list of files is too long"):
        extract_zip(file, tmp_path / "here")


def test_folders_and_blocks_count(tmp_path: Path) -> None:
    file = pack(tmp_path / "a.zip", {f"{n}/{n}/x.png": b"x" for n in range(20)})
    with pytest.raises(DLCError, match="holds more than 30 folders"):
        extract_zip(file, tmp_path / "here", limits=Limits(folders=30))
    with pytest.raises(DLCError, match="there is room for"):
        extract_zip(file, tmp_path / "here", limits=Limits(total=100_000))  # 20 bytes, 61 blocks


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED]
)
def test_a_file_that_grows_beyond_its_list(tmp_path: Path, method: int) -> None:
    file = pack(tmp_path / "a.zip", {"a/b.png": bytes(1 << 22), "a/c.png": b"x"}, method)
    data = bytearray(file.read_bytes())
    place = data.index(b"PK\1\2") + 24
    data[place : place + 4] = (10).to_bytes(4, "little")
    file.write_bytes(data)
    with pytest.raises(DLCError, match=r"a\.zip cannot be unpacked"):
        extract_zip(file, tmp_path / "here")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zip"]


def test_the_disk_fills_up_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    from dlc_core.datasets import archive

    file = pack(tmp_path / "a.zip", {"c/a.png": bytes(range(256)) * 200}, zipfile.ZIP_STORED)
    usage = shutil.disk_usage(tmp_path)
    frees = iter([usage, usage, usage._replace(free=1)])
    monkeypatch.setattr(archive, "_LOOK", 1000)
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: next(frees))
    with pytest.raises(DLCError, match="the disk fills up"):
        extract_zip(file, tmp_path / "here")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.parametrize("kind", [".csv", ".tsv", ".txt", ".json", ".jsonl"])
@pytest.mark.parametrize("rows", [None, 5])
def test_packed_tables(kind: str, rows: int | None, tmp_path: Path) -> None:
    for packing, pack_ in ((".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)):
        file = tmp_path / f"a{kind}{packing}"
        file.write_bytes(pack_(b'{"path,label' + b" " * (1 << 22)))
        with pytest.raises(DLCError, match=r"is refused: [\d,]+ bytes grow to more than"):
            read_table(file, rows=rows)


def test_a_packed_table_of_many_equal_rows_is_read(tmp_path: Path) -> None:
    text = "path,label\n" + "".join(f"{n:06d}.png,oak\n" for n in range(40_000))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert len(read_table(tmp_path / "a.csv.gz")) == 40_000


def npy(shape: str, kind: str, data: bytes = b"") -> bytes:
    header = f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header + data


IMAGES = npy("(2, 3, 3)", "'|u1'", bytes(18))
LABELS = npy("(2,)", "'<i8'", bytes(16))


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (IMAGES, npy("(2, 400000)", "'|u1'", bytes(800_000)), r"shape \(2, 400000\)"),
        (IMAGES, npy("(800000,)", "'|u1'", bytes(800_000)), r"shape \(800000,\)"),
        (IMAGES, npy("(2,)", "'<U100000'", bytes(800_000)), "400,000 bytes for each label"),
        (IMAGES, npy("(2,)", "'|O'"), "Python objects"),
        (IMAGES, npy("(2,)", "[('a', '<i8'), ('b', '|O')]"), "Python objects"),
        (IMAGES, npy("(2,)", "[('a', '<i8'), ('b', '<i8')]", bytes(32)), "whole numbers or text"),
        (npy("(2, 600, 600)", "'|u1'", bytes(720_000)), LABELS, r"grow 720,\d+ bytes .*bomb"),
        (npy("(2, 10**9, 10**9)", "'|u1'"), LABELS, "cannot read"),
        (npy("(2, 1000000000, 1000000000)", "'|u1'"), LABELS, "another number of bytes"),
        (npy("(2, -3, -3)", "'|u1'", bytes(18)), LABELS, r"\(2, -3, -3\)"),
        (npy("(4294967298, 4294967296, 4294967296)", "'|u1'"), LABELS, "another number of bytes"),
        (npy("(2, 3, 3)", "'|u1'", bytes(17)), LABELS, "another number of bytes"),
        (npy("(2, 3, 3)", "'<M8[s]'", bytes(144)), LABELS, "datetime64"),
        (IMAGES, b"no array", "cannot read"),
    ],
)
def test_the_headers_of_numpy_archives(
    images: bytes, labels: bytes, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_data(*_args: object, **_options: object) -> None:
        raise AssertionError("data was read")

    monkeypatch.setattr(np.lib.format, "read_array", no_data)
    method = zipfile.ZIP_DEFLATED if "bomb" in words else zipfile.ZIP_STORED
    file = pack(tmp_path / "a.npz", {"x.npy": images, "y.npy": labels}, method)
    with pytest.raises(DLCError, match=words):
        dlc.load_dataset(file)


def test_numpy_archives_and_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dlc_core.datasets import npz

    arrays = {"x.npy": IMAGES, "y.npy": LABELS}
    arrays["classes.npy"] = npy("(1000000,)", "'<U1'", bytes(4_000_000))
    file = pack(tmp_path / "a.npz", arrays, zipfile.ZIP_STORED)
    with pytest.raises(DLCError, match=r"'classes' of a\.npz"):
        dlc.load_dataset(file)
    file = pack(tmp_path / "b.npz", {"x.npy": IMAGES, "y.npy": LABELS}, zipfile.ZIP_BZIP2)
    with pytest.raises(DLCError, match="packed in a way that NumPy does not write"):
        dlc.load_dataset(file)
    file = pack(tmp_path / "c.npz", {"x.npy": IMAGES, "y.npy": LABELS})
    assert len(dlc.load_dataset(file).samples) == 2
    monkeypatch.setattr(npz, "available_memory", lambda: 10)
    with pytest.raises(DLCError, match=r"the images of c\.npz take"):
        dlc.load_dataset(file)


def chunk(kind: bytes, data: bytes) -> bytes:
    import zlib

    body = kind + data
    return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def test_texts_and_frames_of_pictures(tmp_path: Path) -> None:
    """A picture's texts are bounded, and of its frames the first alone is read."""
    import zlib

    buffer = io.BytesIO()
    Image.new("L", (4, 4)).save(buffer, "PNG")
    head, rest = buffer.getvalue()[:33], buffer.getvalue()[33:]
    for kind, before in ((b"zTXt", b"k\0\0"), (b"iTXt", b"k\0\1\0\0\0"), (b"iCCP", b"k\0\0")):
        text = chunk(kind, before + zlib.compress(bytes(1 << 22)))
        (tmp_path / "a.png").write_bytes(head + text * 20 + rest)
        with contextlib.suppress(dlc.datasets.UnreadableImage):  # it may leave them out as well
            assert read_image(tmp_path / "a.png").size == (4, 4)
    frames = [Image.new("P", (8, 8), n) for n in range(3)]
    for name in ("a.gif", "a.tiff"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
        assert read_image(tmp_path / name).size == (8, 8)


def test_npz_of_a_list_of_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = pack(tmp_path / "a.npz", {f"{n}.npy": b"x" for n in range(2000)})
    monkeypatch.setattr(decompression_limits, "_CHECKED", 1000)
    with pytest.raises(DLCError, match="lists more than 1,000 files"):
        load_npz(str(file), dlc.datasets.Asked())


def test_memory_that_copies_of_files_take_is_free(tmp_path: Path) -> None:
    """A container that has read much has little left by memory.current alone."""
    for name, text in (
        ("memory.max", f"{1 << 20}\n"),
        ("memory.current", f"{1 << 20}\n"),
        ("memory.stat", f"anon 24576\nactive_file 1000\ninactive_file {1 << 19}\n"),
    ):
        (tmp_path / name).write_text(text)
    assert decompression_limits.available_memory(tmp_path) == (1 << 19) + 1000
    (tmp_path / "memory.max").write_text("max\n")
    assert decompression_limits.available_memory(tmp_path) > 1 << 20


def csv_of(separator: str = ",", end: str = "\n") -> bytes:
    """A header of 600 names over 600 rows of one cell: 360,600 cells."""
    return (separator.join(["path", *map(str, range(600))]) + end + f"a{end}" * 600).encode()


JSONL = "".join(f'{{"path": "a", "{n}": 1}}\n' for n in range(600)).encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", csv_of()),
        ("a.csv", b"sep=;\n" + csv_of(";", "\r")),
        ("a.tsv", csv_of("\t", "\r\n")),
        ("a.csv.gz", gzip.compress(csv_of(), mtime=0)),
        ("a.jsonl", JSONL),
        ("a.json", b"[" + JSONL.strip().replace(b"\n", b",") + b"]"),
        ("a.jsonl.xz", lzma.compress(JSONL)),
    ],
)
def test_cells_that_are_not_there(
    name: str, data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that lack most columns: each missing cell takes memory, and no byte of the file."""
    file = tmp_path / name
    file.write_bytes(data)
    monkeypatch.setattr(table_text, "memory_room", lambda: 2_800_000)
    with pytest.raises(DLCError, match=r"60\d rows of 601 columns take 0\.0 GB"):
        read_table(file)
    monkeypatch.setattr(table_text, "memory_room", lambda: 2_900_000)
    assert read_table(file, rows=3).shape[0] == 3
    assert read_table(file).shape == (600, 601)
