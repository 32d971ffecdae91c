"""The guarded routes, asked as a browser would."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette

from dashboard import media
from dlc_core.cli import main
from dlc_core.datasets import UnreadableImage
from dlc_core.runs import Run


class Client:
    """Asks the routes, mounted below a base path, without a server."""

    def get(self, address: str) -> httpx.Response:
        """Return the answer to a GET."""

        async def ask() -> httpx.Response:
            app = Starlette(routes=media.routes(base_url="some/path"))
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.get(address)

        return asyncio.run(ask())


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def run(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DLC_DATA_ROOTS", json.dumps([str(tmp_path)]))
    big = Image.effect_noise((2400, 1800), 60)
    big.save(folder / "cats" / "big.png")
    assert main(["score", str(folder), "--masks", "1", "--out", str(tmp_path / "run")]) == 0
    return Run.open(tmp_path / "run")


def test_pictures_are_served_under_an_unguessable_address(client: Client, run: Run) -> None:
    row = run.samples["path"].tolist().index("cats/big.png")
    thumbnail = client.get("/some/path" + media.thumbnail_url(run, row))
    assert thumbnail.headers["content-type"] == "image/jpeg"
    assert max(Image.open(io.BytesIO(thumbnail.content)).size) == 128
    large = client.get("/some/path" + media.image_url(run, row))
    assert Image.open(io.BytesIO(large.content)).size == (1600, 1200)
    for address in (
        f"/some/path/dlc/thumb/{'0' * 32}/0",
        "/some/path" + media.thumbnail_url(run, 9999),
        "/some/path" + media.image_url(run, 9999),
        "/some/path" + media.thumbnail_url(run, 0).replace("thumb", "../thumb"),
    ):
        assert client.get(address).status_code == 404


def test_outside_the_data_roots_only_the_thumbnail_is_shown(
    client: Client, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = run.samples["path"].tolist().index("cats/big.png")
    monkeypatch.setenv("DLC_DATA_ROOTS", json.dumps([str(tmp_path / "elsewhere")]))
    shown = client.get("/some/path" + media.image_url(run, row))
    assert max(Image.open(io.BytesIO(shown.content)).size) == 128


def test_what_a_link_or_a_strangers_run_leads_to_is_not_shown(
    client: Client, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = run.samples["path"].tolist().index("cats/big.png")
    root = Path(run.info["dataset"]["root"])
    monkeypatch.setenv("DLC_DATA_ROOTS", json.dumps([str(root)]))
    monkeypatch.setenv("DLC_RUNS", str(tmp_path / "none"))
    secret = tmp_path / "secret.png"
    (root / "cats" / "big.png").rename(secret)
    (root / "cats" / "big.png").symlink_to(secret)
    shown = client.get("/some/path" + media.image_url(run, row))
    assert max(Image.open(io.BytesIO(shown.content)).size) == 128
    for known, name in (
        ({"root": str(root)}, str(secret)),
        ({"root": str(root)}, "../../secret.png"),
        ({"root": "/"}, str(secret)[1:]),
    ):
        with pytest.raises(UnreadableImage, match=r"leads outside|is missing"):
            media._original(known, name)


def test_a_missing_original_falls_back_to_the_thumbnail(client: Client, run: Run) -> None:
    (Path(run.info["dataset"]["root"]) / "dogs" / "1.png").unlink()
    row = run.samples["path"].tolist().index("dogs/1.png")
    assert client.get("/some/path" + media.image_url(run, row)).status_code == 200


def test_a_sample_is_told_in_words(client: Client, run: Run) -> None:
    sample = run.samples.iloc[2]
    told = client.get(f"/some/path{media.samples_url(run)}/2")
    assert told.json() == {
        "label": run.classes[sample["class_id"]],
        "name": sample["path"],
        "percentile": sample["percentile"],
        "score": sample["score"],
    }
    assert told.headers["cache-control"] == "no-store"
    for address in (f"{media.samples_url(run)}/9999", f"/dlc/sample/{'0' * 32}/2"):
        assert client.get("/some/path" + address).status_code == 404


def test_a_name_is_told_with_its_control_characters_visible(
    client: Client, folder: Path, tmp_path: Path
) -> None:
    (folder / "cats" / "0.png").rename(folder / "cats" / "a\u202egnp\n.png")
    assert main(["score", str(folder), "--masks", "1", "--out", str(tmp_path / "odd")]) == 0
    odd = Run.open(tmp_path / "odd")
    row = next(i for i, path in enumerate(odd.samples["path"]) if "gnp" in path)
    told = client.get(f"/some/path{media.samples_url(odd)}/{row}").json()
    assert told["name"] == "cats/a\\u202egnp\\n.png"


def test_arrays_are_served_by_content(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.arange(12, dtype="<f4").reshape(6, 2)
    address = media.array_url(values)
    assert media.array_url(values.copy()) == address
    assert media.array_url(values[::-1]) != address
    answer = client.get("/some/path" + address)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.content == values.tobytes()
    assert client.get("/some/path" + media.array_url(values.T)).content == values.T.tobytes()
    assert client.get(f"/some/path/dlc/array/{'0' * 32}").status_code == 404
    monkeypatch.setattr(media, "_MOST_ARRAY_BYTES", 100)
    newer = [media.array_url(np.full(90, i, dtype=np.uint8)) for i in range(5)]
    assert client.get("/some/path" + address).status_code == 404  # the oldest give way
    assert all(client.get("/some/path" + one).status_code == 200 for one in newer[-4:])
