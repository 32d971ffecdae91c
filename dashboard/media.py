"""The guarded routes for pictures: thumbnails from the run, large images from the data."""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
from functools import cache
from pathlib import Path

import anyio
import anyio.to_thread
import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.settings import data_roots
from dlc_core.datasets.images import UnreadableImage, read_image
from dlc_core.errors import DLCError
from dlc_core.runs import Run
from dlc_core.runs.thumbnails import read_thumbnail

_LARGEST_SIDE = 1600  # pixels of a large image
_CACHE = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}


@cache
def _secret() -> bytes:
    """A secret of this server process: addresses of pictures cannot be guessed."""
    return secrets.token_bytes(16)


@cache
def _shown_runs() -> dict[str, Path]:
    """The runs that pages have shown, by token."""
    return {}


@cache
def _decoders() -> anyio.CapacityLimiter:
    """Originals may be huge: at most two are decoded at a time."""
    return anyio.CapacityLimiter(2)


def _token(run: Run) -> str:
    stamp = f"{run.path}\0{run.info.get('created', '')}"
    token = hmac.new(_secret(), stamp.encode("utf-8", "surrogateescape"), hashlib.sha256)
    name = token.hexdigest()[:32]
    _shown_runs()[name] = run.path
    return name


def thumbnail_url(run: Run, row: int) -> str:
    """Return the address of the small picture of the sample in this row of the run."""
    return f"{_prefix()}/dlc/thumb/{_token(run)}/{row}"


def image_url(run: Run, row: int) -> str:
    """Return the address of the large picture of the sample in this row of the run."""
    return f"{_prefix()}/dlc/image/{_token(run)}/{row}"


def _prefix() -> str:
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def routes(*, base_url: str = "") -> list[Route]:
    """Return the routes, below the server's base path."""
    base = base_url.strip("/")
    prefix = f"/{base}" if base else ""
    return [
        Route(f"{prefix}/dlc/thumb/{{token}}/{{row:int}}", _thumbnail),
        Route(f"{prefix}/dlc/image/{{token}}/{{row:int}}", _image),
    ]


async def _thumbnail(request: Request) -> Response:
    folder = _shown_runs().get(request.path_params["token"])
    if folder is None:
        return _nothing()
    found = await anyio.to_thread.run_sync(read_thumbnail, folder, request.path_params["row"])
    return Response(found[0], media_type=found[1], headers=_CACHE) if found else _nothing()


async def _image(request: Request) -> Response:
    folder = _shown_runs().get(request.path_params["token"])
    if folder is None:
        return _nothing()
    row = request.path_params["row"]
    found = await anyio.to_thread.run_sync(_large, folder, row, limiter=_decoders())
    return Response(found[0], media_type=found[1], headers=_CACHE) if found else _nothing()


def _nothing() -> Response:
    return Response("no such picture", status_code=404, media_type="text/plain")


def _large(folder: Path, row: int) -> tuple[bytes, str] | None:
    """Return the original, shrunk to a bounded size; the thumbnail where it cannot be read."""
    try:
        run = Run.open(folder)
        root = run.info["dataset"]["root"]
        known = bool(root) and 0 <= row < len(run.samples)
    except DLCError:  # removed or damaged meanwhile
        return None
    if not known:
        return read_thumbnail(folder, row)
    path = (Path(root) / str(run.samples["path"].iat[row])).resolve()
    if not any(path.is_relative_to(allowed) for allowed in data_roots()):
        return read_thumbnail(folder, row)
    try:
        image = read_image(path)
    except UnreadableImage:
        return read_thumbnail(folder, row)
    image.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=88)
    return buffer.getvalue(), "image/webp"
