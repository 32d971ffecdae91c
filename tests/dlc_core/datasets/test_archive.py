"""A ZIP that a stranger made: all of it inside its folder, or nothing and a sentence."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from dlc_core.datasets.archive import extract_zip
from dlc_core.datasets.archive_members import Limits
from dlc_core.datasets.unpacked import dataset_choices
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
        ({"c:/x.png": b"x"}, "would be written elsewhere"),
        ({"\\\\nas\\share\\x.png": b"x"}, "would be written elsewhere"),
        ({"set\\..\\..\\x.png": b"x"}, "would be written elsewhere"),
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


def renamed(file: Path, names: dict[str, bytes]) -> Path:
    """Pack under stand-ins of the same length, then write the bytes that are meant."""
    with zipfile.ZipFile(file, "w") as packed:
        for place, name in enumerate(names):
            packed.writestr(f"{place}".rjust(len(names[name]), "#"), f"{name}".encode())
    data = file.read_bytes()
    for place, meant in enumerate(names.values()):
        data = data.replace(f"{place}".rjust(len(meant), "#").encode(), meant)
    file.write_bytes(data)
    return file


def below(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize("folders", [[], ["set\\", "set\\oak\\"], ["set", "set/oak"], ["set/oak/"]])
def test_names_as_windows_programs_write_them(tmp_path: Path, folders: list[str]) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for name in (*folders, "set\\oak\\0.png", "set\\fir\\0.png"):
            info = zipfile.ZipInfo("x")
            info.filename = name
            packed.writestr(info, b"" if name in folders else b"x")
    root = extract_zip(tmp_path / "a.zip", tmp_path / "here")
    assert root == tmp_path / "here" / "set"
    assert below(root) == ["fir/0.png", "oak/0.png"]


@pytest.mark.parametrize("name", ["12:30 oak", "a:b", "ratio 1:2", "C:", "c:x"])
def test_a_colon_is_a_letter_unless_it_names_a_drive(tmp_path: Path, name: str) -> None:
    file = pack(tmp_path / "a.zip", {f"set/{name}/0.png": b"x", "set/fir/0.png": b"x"})
    assert below(extract_zip(file, tmp_path / "here")) == sorted([f"{name}/0.png", "fir/0.png"])


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("shift_jis", ("表犬", "猫犬")),  # the second byte of the first is a backslash
        ("cp932", ("ねこ", "サンプル画像")),
        ("gbk", ("苹果", "香蕉")),
        ("gbk", ("猫犬",)),
        ("big5", ("貓", "狗")),
        ("cp949", ("고양이", "강아지")),
        ("cp437", ("Käfer", "Größe")),
        ("cp1252", ("Müsli", "Öl")),
        ("cp866", ("кошка", "собака")),
        ("cp1251", ("Кошка", "Собака")),
        ("cp852", ("dąb", "świerk")),
        ("utf-8", ("été", "猫", "кот")),
    ],
)
def test_names_of_other_code_pages(tmp_path: Path, page: str, words: tuple[str, ...]) -> None:
    names = {f"{word}/0.png": f"{word}/0.png".encode(page) for word in (*words, "plain")}
    root = extract_zip(renamed(tmp_path / "a.zip", names), tmp_path / "here")
    assert below(root) == sorted(names)


def test_a_name_is_judged_after_it_is_decoded(tmp_path: Path) -> None:
    """In Shift-JIS a backslash may be half of a letter; what leads elsewhere is still refused."""
    names = {"a": "表/../../x.png".encode("shift_jis"), "b": "猫/0.png".encode("shift_jis")}
    with pytest.raises(DLCError, match="would be written elsewhere"):
        extract_zip(renamed(tmp_path / "a.zip", names), tmp_path / "in" / "here")
    assert not list((tmp_path / "in").iterdir())


def test_names_with_a_nul_or_marked_as_utf8_that_are_none(tmp_path: Path) -> None:
    names = {"a": b"oak/0.png\0.exe", "b": b"fir/0.png"}
    root = extract_zip(renamed(tmp_path / "a.zip", names), tmp_path / "a")
    assert below(root) == ["fir/0.png", "oak/0.png"]
    file = pack(tmp_path / "b.zip", {"é/0.png": b"x", "fir/0.png": b"x"})
    file.write_bytes(file.read_bytes().replace("é".encode(), b"\xff\xfe"))
    with pytest.raises(DLCError, match=r"b\.zip cannot be unpacked"):
        extract_zip(file, tmp_path / "b")


def test_the_name_in_infozips_extra_field(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for place, name in enumerate(("猫/0.png", "../x.png")):
            info = zipfile.ZipInfo(f"{place}/0.png")
            said = b"\1" + b"\0" * 4 + name.encode()
            info.extra = (0x7075).to_bytes(2, "little") + len(said).to_bytes(2, "little") + said
            packed.writestr(info, b"x")
    with pytest.raises(DLCError, match="would be written elsewhere"):
        extract_zip(tmp_path / "a.zip", tmp_path / "here")


def test_a_table_is_the_data_only_if_it_names_images(tmp_path: Path) -> None:
    images = {f"set/{part}/{label}/{n}.png": b"x" for part in ("train", "test")
              for label in ("oak", "fir") for n in range(2)}  # fmt: skip
    file = pack(
        tmp_path / "a.zip", {**images, "set/labels.csv": b"a,b\n1,2\n", "set/README.md": b"x"}
    )
    root = extract_zip(file, tmp_path / "a")
    assert dataset_choices(tmp_path / "a") == [root, root / "labels.csv"]
    assert root == tmp_path / "a" / "set"
    gone = b"path,label\ngone/0.png,oak\n"
    file = pack(tmp_path / "b.zip", {**images, "set/labels.csv": gone})
    assert extract_zip(file, tmp_path / "b") == tmp_path / "b" / "set"
    sites = b"file,site\n" + b"".join(b"train/oak/%d.png,north\n" % n for n in range(2))
    file = pack(tmp_path / "d.zip", {**images, "set/sites.csv": sites})
    assert extract_zip(file, tmp_path / "d") == tmp_path / "d" / "set"  # no labels, but folders
    flat = {f"set/images/{n}.png": b"x" for n in range(4)}
    sites = b"file,digit\n" + b"".join(b"images/%d.png,%d\n" % (n, n % 2) for n in range(4))
    file = pack(tmp_path / "e.zip", {**flat, "set/sites.csv": sites})
    assert extract_zip(file, tmp_path / "e").name == "sites.csv"  # a person says which are labels
    rows = b"path,label\n" + b"".join(b"images/%d.png,c%d\n" % (n, n % 2) for n in range(4))
    tables = {"set/test.csv": rows, "set/train.csv": rows, "set/prices.csv": b"a,b\n1,2\n"}
    root = extract_zip(pack(tmp_path / "c.zip", {**flat, **tables}), tmp_path / "c")
    assert root.name == "train.csv"
    names = [path.name for path in dataset_choices(tmp_path / "c")]
    assert names == ["train.csv", "test.csv", "set", "prices.csv"]


def test_a_text_beside_the_classes_is_no_table(tmp_path: Path) -> None:
    members = {f"photos/{name}/{row}.png": b"x" for name in ("cat", "dog") for row in range(2)}
    file = pack(tmp_path / "a.zip", {**members, "photos/README.txt": b"my photos\n"})
    assert extract_zip(file, tmp_path / "here") == tmp_path / "here" / "photos"
