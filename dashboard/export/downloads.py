"""The guarded route for finished exports: streamed from the disk, and resumed where they broke off.

An address is made by a page for one file of one run. It holds a token of this server process and
nothing else, so no part of an address ever becomes a path.
"""

from __future__ import annotations

import hashlib
import hmac
import mimetypes
import secrets
import stat
from functools import cache
from pathlib import Path

import anyio.to_thread
import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from dashboard.server_settings import runs_folder
from dlc_core.jobs.export_history import FOLDER

_HEADERS = {
    "Cache-Control": "private, no-cache",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox",  # should a browser show what it was told to save
}


@cache
def _secret() -> bytes:
    """A secret of this server process: addresses cannot be guessed."""
    return secrets.token_bytes(16)


@cache
def _offered() -> dict[str, tuple[Path, str]]:
    """What pages have offered: token -> run directory and name in its folder of exports."""
    return {}


def download_url(run: Path, name: str) -> str:
    """Return the address of a finished export that is one file."""
    text = f"{run}\0{name}".encode("utf-8", "surrogateescape")
    token = hmac.new(_secret(), text, hashlib.sha256).hexdigest()[:32]
    _offered()[token] = (run, name)
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"{f'/{base}' if base else ''}/dlc/export/{token}"


def routes(*, base_url: str = "") -> list[Route]:
    """Return the route, below the server's base path."""
    base = base_url.strip("/")
    return [Route(f"{f'/{base}' if base else ''}/dlc/export/{{token}}", _download)]


async def _download(request: Request) -> Response:
    found = _offered().get(request.path_params["token"])
    file = await anyio.to_thread.run_sync(_file, *found) if found else None
    if file is None:
        return Response("no such export", status_code=404, media_type="text/plain")
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return FileResponse(file, filename=file.name, media_type=kind, headers=_HEADERS)


def _file(run: Path, name: str) -> Path | None:
    """Return a file directly inside the exports of a run of this server, if it is one."""
    folder = run / FOLDER
    if run.parent.resolve() != runs_folder().resolve() or folder.is_symlink():
        return None
    if Path(name).name != name:
        return None
    try:
        regular = stat.S_ISREG((folder / name).lstat().st_mode)
    except OSError:
        return None
    return folder / name if regular else None
