"""Image folders at other addresses: web servers of this machine, and a stand-in for a bucket."""

from __future__ import annotations

import http.server
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
from fsspec.implementations.memory import MemoryFileSystem

import dlc_core as dlc
from dlc_core import private_addresses
from dlc_core.cli import main
from dlc_core.datasets import UnreadableImage, remote
from dlc_core.datasets.remote_walk import Bounds, files_below
from dlc_core.datasets.reopen import reopen
from tests.dlc_core.datasets.conftest import Files, as_image, same_scores, scored, served

Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture
def dashboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a job that the dashboard has started."""
    monkeypatch.setenv("DLC_DATA_ROOTS", json.dumps([str(tmp_path)]))
    monkeypatch.setenv("DLC_RUNS", str(tmp_path))


@contextmanager
def answering(answer: Callable[[str], Answer]) -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a server that answers as it is told, and what it was asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, headers, body = answer(self.path)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()


def page(*links: str) -> Answer:
    return 200, {}, "".join(f'<a href="{link}">x</a>' for link in links).encode()


def leading(to: str) -> Callable[[str], Answer]:
    return lambda _path: (302, {"Location": to}, b"")


def test_a_web_servers_lists(
    digit_files: Files,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its listing of folders is followed, and images are fetched when they are read."""
    with served(digit_files.root) as address:
        run = scored(address, out=tmp_path / "run")
        data = dlc.load_dataset(address)
        monkeypatch.setenv("DLC_DATA_ROOTS", json.dumps([str(tmp_path)]))
        monkeypatch.setenv("DLC_ALLOW_PRIVATE", "1")
        (tmp_path / "ids.csv").write_text("id\n0\n1\n")
        words = ["--subset", str(tmp_path / "ids.csv"), "--format", "imagefolder", "--out"]
        # of a run that was begun here, and of one that was not
        assert main(["export", str(run.path), *words, str(tmp_path / "images")]) == 0
        shutil.copytree(run.path, tmp_path / "got")
        capsys.readouterr()
        assert main(["export", str(tmp_path / "got"), *words, str(tmp_path / "others")]) == 2
        assert "unasked" in capsys.readouterr().err
        monkeypatch.delenv("DLC_DATA_ROOTS")
    same_scores(run, digit_files)
    assert run.samples["path"].tolist() == digit_files.paths
    assert run.info["dataset"]["source"] == address
    with pytest.raises(dlc.DLCError, match="cannot be reached any more"):
        data.read(data.samples[0])
    with pytest.raises(dlc.DLCError, match="cannot be reached: Cannot connect"):
        dlc.load_dataset(f"{address}/elsewhere")
    (tmp_path / "photos" / "a b").mkdir(parents=True)
    for name in ("x.png", "y é.png"):
        as_image(digit_files.pixels[0]).save(tmp_path / "photos" / "a b" / name)
    with served(tmp_path / "photos") as address:
        spaced = dlc.load_dataset(address)
        assert spaced.classes == ("a b",)
        assert [spaced.read(sample).size for sample in spaced.samples] == [(8, 8)] * 2
        with pytest.raises(dlc.DLCError, match="no images below"):
            dlc.load_dataset(f"{address}/nowhere")


class Stand(MemoryFileSystem):  # type: ignore[misc]
    """A stand-in for a bucket's driver."""

    protocol = "s3"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.removeprefix("s3://").strip("/")


class AsyncStand(AsyncFileSystemWrapper):  # type: ignore[misc]
    """One that answers as most drivers do."""

    def __init__(self, **_options: Any) -> None:
        super().__init__(Stand())

    _strip_protocol = Stand._strip_protocol


@pytest.mark.parametrize("driver", [Stand, AsyncStand])
def test_parts_litter_and_what_goes_missing(
    digit_files: Files, monkeypatch: pytest.MonkeyPatch, driver: Any
) -> None:
    monkeypatch.setattr(fsspec, "get_filesystem_class", lambda _name: driver)
    system = Stand()
    for part in ("train", "test"):
        for path in digit_files.paths[:: 1 if part == "train" else 3]:
            system.pipe_file(f"/photos/{part}/{path}", (digit_files.root / path).read_bytes())
    system.pipe_file("/photos/train/0/.hidden.png", b"x")
    system.pipe_file("/photos/train/0/notes.txt", b"x")
    data = dlc.load_dataset("s3://photos")
    assert (data.split, len(data.samples)) == ("train", 60)
    assert len(dlc.load_dataset("S3://photos/", split="test").samples) == 20
    system.rm(f"/photos/train/{data.samples[0].path}")
    assert data.read(data.samples[1]).size == (8, 8)
    with pytest.raises(UnreadableImage, match="is missing"):
        data.read(data.samples[0])
    with pytest.raises(dlc.DLCError, match="no split 'val' in s3://photos: it has train, test"):
        dlc.load_dataset("s3://photos", split="val")
    system.rm("/photos", recursive=True)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("s3://bucket/x", "needs a driver|cannot be reached"),
        ("magic://x", "is no known address; expected s3://"),
        ("memory://x", "is no known address"),
        ("github://o:r@/x", "is no known address"),
        ("reference://x", "is no known address"),
        ("remote:/etc", "is no address; give the plain path"),
        ("remote: /etc", "is no address; give the plain path"),
        ("file:///etc/x", "give the plain path of this machine: /etc/x"),
        ("file:///etc/x.csv", "give the plain path of this machine: /etc/x.csv"),
        ("file://localhost/etc", "give the plain path of this machine: /etc"),
        ("FILE:/etc", "give the plain path of this machine: /etc"),
        ("local:///etc", "give the plain path of this machine: /etc"),
        ("remote:file:///etc", "give the plain path of this machine: /etc"),
        ("npz:file:///x.npz", "give the plain path of this machine: /x.npz"),
        ("hf:file:///x", "give the plain path of this machine: /x"),
        ("simplecache::file:///etc", "addresses inside each other"),
        ("zip://*::file:///etc/x.zip", "addresses inside each other"),
        ("https://h/a::file:///etc", "addresses inside each other"),
        ("dir::s3://bucket", "addresses inside each other"),
        ("https://h/a\\b", "odd characters"),
        ("https://h/a\r\nb", "odd characters"),
    ],
)
def test_other_addresses_are_refused_everywhere(address: str, words: str) -> None:
    with pytest.raises(dlc.DLCError, match=words) as refused:
        dlc.load_dataset(address)
    assert len(str(refused.value)) < 500


@pytest.mark.usefixtures("dashboard")
def test_the_dashboard_asks_nobody_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda _path: page("a/")) as (address, asked):
        for way in (address, address.replace("http", "HTTPS"), "s3://bucket/x"):
            monkeypatch.setenv("DLC_ALLOW_PRIVATE", "1")
            with pytest.raises(dlc.DLCError, match=r"nothing is fetched from .* unasked"):
                dlc.load_dataset(way)
        stranger = {"source": address, "asked": {"download": True}, "name": "x", "kind": "remote"}
        with pytest.raises(dlc.DLCError, match="nothing is fetched"):
            reopen(stranger)
        monkeypatch.delenv("DLC_ALLOW_PRIVATE")
        with pytest.raises(dlc.DLCError, match="the dashboard asks https:// only"):
            dlc.load_dataset(address, download=True)
        assert asked == []


PRIVATE = [
    "127.0.0.1", "127.9.9.9", "localhost", "0.0.0.0", "10.1.2.3", "169.254.169.254", "2130706433",
    "0x7f.1", "0177.0.0.1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]", "[fe80::1]", "127。0。0。1", "user@127.0.0.1", "100.100.100.200",
]  # fmt: skip


@pytest.mark.usefixtures("dashboard")
@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_are_refused_in_any_spelling(host: str) -> None:
    with pytest.raises(
        dlc.DLCError, match=r"is no public address; the dashboard asks such only|is not a canonical"
    ):
        dlc.load_dataset(f"https://{host}:9/x", download=True)


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("8.8.8.8", False), ("2606:4700::1111", False), ("64:ff9b::808:808", False),
        ("::ffff:8.8.8.8", False), ("2002:808:808::", False),
        ("192.168.0.1", True), ("172.16.0.1", True), ("100.64.0.1", True), ("198.18.0.1", True),
        ("224.0.0.1", True), ("240.0.0.1", True), ("255.255.255.255", True),
        ("168.63.129.16", True), ("192.0.0.192", True), ("fd00:ec2::254", True),
        ("fe80::1%eth0", True), ("ff02::1", True), ("fec0::1", True), ("::127.0.0.1", True),
        ("::ffff:0:127.0.0.1", True), ("::ffff:10.0.0.1", True), ("64:ff9b::a9fe:a9fe", True),
        ("64:ff9b:1::1", True), ("2002:c0a8:1::", True), ("2001:0:1::1", True),
        ("2001:db8::1", True), ("4000::1", True),
    ],
)  # fmt: skip
def test_which_addresses_are_private(address: str, private: bool) -> None:
    assert private_addresses.is_private(address) == private


@pytest.mark.usefixtures("dashboard")
def test_the_address_that_is_connected_to_is_the_one_that_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that means a public address first and a private one when it is asked again."""
    from aiohttp.resolver import ThreadedResolver

    answers = iter(["203.0.113.7", *["127.0.0.1"] * 9])

    async def rebinding(_self: object, host: str, port: int = 0, **_: object) -> list[Any]:
        return [{"hostname": host, "host": next(answers), "port": port, "family": 2, "proto": 6,
                 "flags": 0}]  # fmt: skip

    monkeypatch.setattr(ThreadedResolver, "resolve", rebinding)
    monkeypatch.setattr(private_addresses, "is_private", lambda address: address[:3] == "127")
    monkeypatch.setattr("dlc_core.datasets.web_folder._CONNECT", 0.01)
    with answering(lambda _path: page("a/")) as (address, asked):
        port = address.rpartition(":")[2]
        for _ in range(2):
            with pytest.raises(dlc.DLCError) as refused:
                dlc.load_dataset(f"https://rebind.example:{port}/x", download=True)
        assert "rebind.example leads to 127.0.0.1, which is no public" in str(refused.value)
        assert asked == []


@pytest.mark.usefixtures("dashboard")
def test_each_redirect_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlc_core.datasets.remote_address.private_refused", lambda: False)
    monkeypatch.setattr(private_addresses, "is_private", lambda address: address != "127.0.0.1")
    with answering(lambda _path: page("a/")) as (there, asked_there):
        secret = f"http://127.0.0.2:{there.rpartition(':')[2]}/latest"
        for leads, words in (
            ("https://127.0.0.2/latest", "127.0.0.1 leads to 127.0.0.2, which is no public"),
            (secret, "leads on to http://127.0.0.2.*https:// only"),
            ("file:///etc/passwd", "leads on to file:///etc"),
        ):
            with (
                answering(leading(leads)) as (address, _),
                pytest.raises(dlc.DLCError, match=words),
            ):
                dlc.load_dataset(address, download=True)
        assert asked_there == []


def test_listings_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that go on for ever, in depth, in breadth, in themselves, or lead in circles."""
    few = Bounds(depth=5, pages=20, entries=300, page_bytes=20_000)
    monkeypatch.setattr(remote, "BOUNDS", few)
    wide = page(*(f"{number}/" for number in range(30)))
    for answer, words in (
        (lambda _path: page("a/"), "goes deeper than 5 folders"),
        (lambda path: wide if path == "/" else page("../", "?C=N"), "takes more than 20 requests"),
        (lambda _path: page(*(f"{n}.png" for n in range(350))), "has more than 300 entries"),
        (lambda _path: (200, {}, b"x" * 21_000), "has more than 20,000 bytes"),
        (lambda path: (302, {"Location": path}, b""), "cannot be reached"),
        (lambda path: (302, {"Location": f"{path}x"}, b""), "cannot be reached"),
        (lambda _path: (500, {}, b""), "cannot be reached: the server answers 500"),
        (lambda _path: page("/", "https://elsewhere/x/", "../up/", "a/../../b/", "%2e%2e/x/"),
         "no images below"),
    ):  # fmt: skip
        with answering(answer) as (address, asked):
            with pytest.raises(dlc.DLCError, match=words) as said:
                dlc.load_dataset(address)
            assert len(asked) <= 21
            assert "recursion" not in str(said.value)


def test_a_listing_has_so_many_seconds_in_all() -> None:
    told: list[float] = []

    def listed(_folder: str, left: float) -> list[tuple[str, int]]:
        told.append(left)
        return [("a/", 0)]

    with pytest.raises(dlc.DLCError, match="takes longer than 0 s"):
        files_below(listed, name="x", bounds=Bounds(seconds=0.0))
    assert told == []


def test_an_image_without_an_end_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_LARGEST", 1000)

    def answer(path: str) -> Answer:
        if path.endswith("/"):
            return page("a/", "b/") if path == "/" else page("x.png")
        return 200, {}, b"x" * 100_000

    with answering(answer) as (address, _):
        data = dlc.load_dataset(address)
        with pytest.raises(UnreadableImage, match="larger than"):
            data.read(data.samples[0])
