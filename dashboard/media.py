"""The guarded routes: thumbnails from the run, large images from the data, arrays of the map."""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
from collections import OrderedDict
from functools import cache
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.escaping import visible_name
from dashboard.view_cache import open_view
from dlc_core.analysis.by_score import by_score
from dlc_core.atomic_files import file_stamp
from dlc_core.data_roots import is_allowed
from dlc_core.datasets import find_source
from dlc_core.datasets.images import UnreadableImage, read_image
from dlc_core.datasets.pixels_in_flight import budget
from dlc_core.datasets.registry import reader_of
from dlc_core.datasets.reopen import has_files, reopen
from dlc_core.errors import DLCError
from dlc_core.previews import read_preview
from dlc_core.runs import Run
from dlc_core.scores import OWN

_LARGEST_SIDE = 1600  # pixels of a large image
_MOST_ARRAY_BYTES = 64 << 20
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
def _arrays() -> OrderedDict[str, bytes]:
    """What maps have shown, by name; the oldest give way."""
    return OrderedDict()


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


def thumbnails_url(run: Run) -> str:
    """Return the address below which a run's small pictures lie, by row."""
    return f"{_prefix()}/dlc/thumb/{_token(run)}"


def thumbnail_url(run: Run, row: int) -> str:
    """Return the address of the small picture of the sample in this row of the run."""
    return f"{thumbnails_url(run)}/{row}"


def image_url(run: Run, row: int) -> str:
    """Return the address of the large picture of the sample in this row of the run."""
    return f"{_prefix()}/dlc/image/{_token(run)}/{row}"


def samples_url(run: Run, score: str = OWN) -> str:
    """Return the address below which a run's samples are told in words, by row.

    Args:
        run: the run.
        score: by which of its scores they are told.
    """
    return f"{_prefix()}/dlc/sample/{_token(run)}/{score}"


def array_url(values: NDArray[Any]) -> str:
    """Return the address of an array's bytes: another array, another address."""
    data = np.ascontiguousarray(values).tobytes()
    name = hashlib.blake2b(data, key=_secret(), digest_size=16).hexdigest()
    arrays = _arrays()
    arrays[name] = data
    arrays.move_to_end(name)
    while sum(map(len, arrays.values())) > _MOST_ARRAY_BYTES and len(arrays) > 4:
        arrays.popitem(last=False)
    return f"{_prefix()}/dlc/array/{name}"


@cache
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
        Route(f"{prefix}/dlc/sample/{{token}}/{{score}}/{{row:int}}", _sample),
        Route(f"{prefix}/dlc/array/{{name}}", _array),
    ]


async def _thumbnail(request: Request) -> Response:
    folder = _shown_runs().get(request.path_params["token"])
    if folder is None:
        return _nothing()
    found = await anyio.to_thread.run_sync(read_preview, folder, request.path_params["row"])
    return Response(found[0], media_type=found[1], headers=_CACHE) if found else _nothing()


async def _image(request: Request) -> Response:
    folder = _shown_runs().get(request.path_params["token"])
    if folder is None:
        return _nothing()
    row = request.path_params["row"]
    found = await anyio.to_thread.run_sync(_large, folder, row, limiter=_decoders())
    return Response(found[0], media_type=found[1], headers=_CACHE) if found else _nothing()


async def _array(request: Request) -> Response:
    data = _arrays().get(request.path_params["name"])
    if data is None:
        return _nothing()
    return Response(data, media_type="application/octet-stream", headers=_CACHE)


async def _sample(request: Request) -> Response:
    folder = _shown_runs().get(request.path_params["token"])
    if folder is None:
        return _nothing()
    score, row = request.path_params["score"], request.path_params["row"]
    told = await anyio.to_thread.run_sync(_in_words, folder, score, row)
    return JSONResponse(told, headers={"Cache-Control": "no-store"}) if told else _nothing()


def _in_words(folder: Path, score: str, row: int) -> dict[str, Any] | None:
    """Return what the map's tooltip says of one sample."""
    try:
        view = by_score(open_view(folder), score)  # in memory while a page shows it
    except DLCError:
        return None
    if not 0 <= row < len(view):
        return None
    return {
        "label": visible_name(view.label(row)),
        "name": visible_name(view.path(row)),
        "percentile": float(view.percentile[row]),
        "score": float(view.scores[row]),
    }


def _nothing() -> Response:
    return Response("no such picture", status_code=404, media_type="text/plain")


def _original(known: dict[str, Any], name: str) -> Image.Image | None:
    """Return an image at its full size; None where that may not be read, or not in this process."""
    if not has_files(known):
        reader = reader_of(known)
        if reader is None or reader.in_server == 0:
            return None
        source = find_source(str(known.get("source"))).path
        allowed = source is not None and is_allowed(source)
        most = reader.in_server
        if most is not None and file_stamp(source or Path())[1] > most:
            return None  # it would have to be read as a whole
        return reopen(known).read(name) if allowed else None
    return read_image(Path(known["root"]) / name)  # which looks at where it leads


def _large(folder: Path, row: int) -> tuple[bytes, str] | None:
    """Return the original, shrunk to a bounded size; the thumbnail where it cannot be read."""
    try:
        view = open_view(folder)
    except DLCError:  # removed or damaged meanwhile
        return None
    if not 0 <= row < len(view):
        return read_preview(folder, row)
    buffer = io.BytesIO()
    with budget().held():
        try:
            image = _original(view.run.info["dataset"], view.path(row))
        except (DLCError, UnreadableImage):
            return read_preview(folder, row)
        if image is None:
            return read_preview(folder, row)
        image.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
        image.save(buffer, "WEBP", quality=88)
    return buffer.getvalue(), "image/webp"
