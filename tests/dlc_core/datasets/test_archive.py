"""A ZIP that a stranger made: all of it inside its folder, or nothing and a sentence."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from dlc_core.datasets import archive
from dlc_core.datasets.archive import Limits, extract_zip
from dlc_core.errors import DLCError
from tests.dlc_core.datasets.conftest import Files, same_scores, scored


def pack(file: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(file, "w", method) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return file


@pytest.mark.parametrize("above", ["", "photos/", "a/photos/"])
def test_an_image_folder_is_scored_as_it_was(
    digit_files: Files, tmp_path: Path, above: str
) -> None:
    members = {f"{above}{p}": (digit_files.root / p).read_bytes() for p in digit_files.paths}
    members[f"__MACOSX/{above}._x.png"] = b"litter"
    members[f"{above}.DS_Store"] = b"litter"
    told: list[tuple[int, int]] = []
    root = extract_zip(
        pack(tmp_path / "a.zip", members), tmp_path / "here", told=lambda *now: told.append(now)
    )
    assert root == (tmp_path / "here" / above if above else tmp_path / "here")
    assert stat.S_IMODE((tmp_path / "here").stat().st_mode) == 0o700
    assert stat.S_IMODE((root / digit_files.paths[0]).stat().st_mode) == 0o600
    assert told[-1][0] == told[-1][1] > 0
    same_scores(scored(root, out=tmp_path / "run"), digit_files)


def test_a_table_at_the_top_is_what_is_scored(digit_files: Files, tmp_path: Path) -> None:
    lines = "path,label\n" + "".join(f"img/{p},{p[0]}\n" for p in digit_files.paths)
    members = {f"img/{path}": (digit_files.root / path).read_bytes() for path in digit_files.paths}
    file = pack(tmp_path / "a.zip", {"photos.csv": lines.encode(), **members})
    root = extract_zip(file, tmp_path / "here")
    assert root.name == "photos.csv"
    same_scores(scored(root, out=tmp_path / "run"), digit_files)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"../x.png": b"x"}, "would be written elsewhere"),
        ({"a/../../x.png": b"x"}, "would be written elsewhere"),
        ({"/etc/x.png": b"x"}, "would be written elsewhere"),
        ({"C:\\x.png": b"x"}, "would be written elsewhere"),
        ({"..\\x.png": b"x"}, "would be written elsewhere"),
        ({"a/" + "x" * 300: b"x"}, "too long"),
        ({"a/" * 600 + "x": b"x"}, "too long"),
        ({"zeros.png": b"\0" * (1 << 24)}, "a bomb"),
        ({}, "holds no files"),
        ({".hidden/x": b"x"}, "holds no files"),
        ({"a": b"x", "a/b": b"x"}, "cannot be unpacked"),
    ],
)
def test_dangerous_archives(tmp_path: Path, members: dict[str, bytes], words: str) -> None:
    file = pack(tmp_path / "a.zip", members)
    with pytest.raises(DLCError, match=words):
        extract_zip(file, tmp_path / "in" / "here")
    assert not list((tmp_path / "in").iterdir())
    assert {entry.name for entry in tmp_path.iterdir()} == {"a.zip", "in"}


def test_links_and_devices_are_left_out(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for kind in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR):
            info = zipfile.ZipInfo(f"odd{kind}")
            info.external_attr = (kind | 0o777) << 16
            packed.writestr(info, "/etc/passwd")
        packed.writestr("cat/a.png", b"x")
        packed.writestr("dog/a.png", b"x")
    root = extract_zip(tmp_path / "a.zip", tmp_path / "here")
    assert sorted(entry.name for entry in root.iterdir()) == ["cat", "dog"]


def test_twice_the_same_name_encrypted_damaged(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as packed:
        packed.writestr("a.png", b"x")
        with pytest.warns(UserWarning, match="Duplicate name"):
            packed.writestr("a.png", b"y")
    with pytest.raises(DLCError, match=r"holds a\.png twice"):
        extract_zip(tmp_path / "twice.zip", tmp_path / "here")
    data = bytearray(pack(tmp_path / "a.zip", {"a/b.png": b"hello" * 99}).read_bytes())
    locked = bytearray(data)
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(signature) + at] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    with pytest.raises(DLCError, match="is encrypted"):
        extract_zip(tmp_path / "locked.zip", tmp_path / "here")
    data[40] ^= 0xFF
    (tmp_path / "broken.zip").write_bytes(data)
    (tmp_path / "none.zip").write_bytes(b"no archive")
    (tmp_path / "cut.zip").write_bytes(data[:50])
    for name in ("broken", "none", "cut"):
        with pytest.raises(DLCError, match=f"{name}.zip cannot be unpacked"):
            extract_zip(tmp_path / f"{name}.zip", tmp_path / "here")
    assert not (tmp_path / "here").exists()


def test_what_is_too_much_and_a_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = pack(tmp_path / "a.zip", {f"c/{n}.png": bytes(range(256)) * 20 for n in range(20)})
    with pytest.raises(DLCError, match="holds 20 files; at most 5"):
        extract_zip(file, tmp_path / "here", limits=Limits(entries=5))
    with pytest.raises(DLCError, match=r"unpacks to 0\.0 GB; there is room for"):
        extract_zip(file, tmp_path / "here", limits=Limits(total=1000))

    def stop(done: int, _total: int) -> None:
        if done > 20_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract_zip(file, tmp_path / "here", told=stop)
    assert {entry.name for entry in tmp_path.iterdir()} == {"a.zip"}
    (tmp_path / "here").mkdir()
    with pytest.raises(DLCError, match="here exists already"):
        extract_zip(file, tmp_path / "here")
    # A member that unpacks to more than its list says is caught while it is written.
    longer = pack(tmp_path / "b.zip", {"a/b.png": b"x" * 50}, zipfile.ZIP_STORED)
    assert archive.Limits().ratio > 1
    data = bytearray(longer.read_bytes())
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = (10).to_bytes(4, "little")
    longer.write_bytes(data)
    with pytest.raises(DLCError, match=r"b.zip cannot be unpacked"):
        extract_zip(longer, tmp_path / "there")
