"""The guarded route, asked as a browser would."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from dashboard.export import downloads
from dlc_core.runs import Run

DATA = bytes(range(256)) * 1000


def get(address: str, **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        app = Starlette(routes=downloads.routes(base_url="some/path"))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.get(f"/some/path{address}", headers=named)

    return asyncio.run(ask())


@pytest.fixture
def exports(run: Run) -> Path:
    folder = run.path / "exports"
    folder.mkdir()
    (folder / "pets.zip").write_bytes(DATA)
    return folder


def test_a_download_that_broke_off_goes_on(run: Run, exports: Path) -> None:
    address = downloads.download_url(run.path, "pets.zip")
    assert address == downloads.download_url(run.path, "pets.zip")
    whole = get(address)
    assert whole.status_code == 200
    assert whole.content == DATA
    assert whole.headers["content-disposition"] == 'attachment; filename="pets.zip"'
    assert whole.headers["content-type"] == "application/zip"
    assert whole.headers["accept-ranges"] == "bytes"
    rest = get(address, Range="bytes=1000-", If_Range=whole.headers["etag"])
    assert rest.status_code == 206
    assert rest.content == DATA[1000:]
    assert rest.headers["content-range"] == f"bytes 1000-{len(DATA) - 1}/{len(DATA)}"
    (exports / "pets.zip").write_bytes(DATA + b"another one")
    again = get(address, Range="bytes=1000-", If_Range=whole.headers["etag"])
    assert again.status_code == 200  # from the start: never two files in one
    assert get(address, Range=f"bytes={2 * len(DATA)}-").status_code == 416


def test_nothing_in_an_address_becomes_a_path(run: Run, exports: Path) -> None:
    address = downloads.download_url(run.path, "pets.zip")
    token = address.rpartition("/")[2]
    assert len(token) == 32
    for wrong in (
        f"/dlc/export/{'0' * 32}",
        f"/dlc/export/{token[:-1]}",
        "/dlc/export/pets.zip",
        "/dlc/export/..%2f..%2frun.json",
        f"/dlc/export/{token}/../../run.json",
        f"/dlc/export/{token}%2f..%2frun.json",
        f"{address}/pets.zip",
        "/dlc/export/",
    ):
        assert get(wrong).status_code == 404
    assert exports.is_dir()


@pytest.mark.parametrize("name", ["../run.json", "..", "", "folder", "link.zip", "gone.zip"])
def test_only_files_directly_in_the_folder(
    run: Run, exports: Path, name: str, tmp_path: Path
) -> None:
    (exports / "folder").mkdir()
    (exports / "link.zip").symlink_to(run.path / "run.json")
    assert get(downloads.download_url(run.path, name)).status_code == 404
    whole = str(tmp_path / "runs" / "pets" / "run.json")
    assert get(downloads.download_url(run.path, whole)).status_code == 404


def test_only_runs_of_this_server(
    run: Run, exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = downloads.download_url(run.path, "pets.zip")
    monkeypatch.setenv("DLC_RUNS", str(tmp_path / "others"))
    assert get(address).status_code == 404
    monkeypatch.setenv("DLC_RUNS", str(run.path.parent))
    assert get(address).status_code == 200
    exports.rename(tmp_path / "moved")
    exports.symlink_to(tmp_path / "moved")
    assert get(address).status_code == 404


def test_a_page_among_the_exports_runs_nothing_here(run: Run, exports: Path) -> None:
    (exports / "r.html").write_text("<script>alert(1)</script>")
    answer = get(downloads.download_url(run.path, "r.html"))
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment")
