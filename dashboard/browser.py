"""Opening the dashboard in a browser, by an address that nothing else prints or keeps."""

from __future__ import annotations

import os
import sys
import threading
import time
import urllib.request
import webbrowser
from urllib.parse import urlsplit

_PATIENCE = 60.0  # seconds until a server that does not answer is left alone


def open_when_ready(address: str) -> threading.Thread | None:
    """Open an address once its server answers, in a thread; "" opens none.

    Nor is one opened where there is no screen: it would be a text browser, in this very terminal.
    """
    if not address or not _has_screen():
        return None
    thread = threading.Thread(target=_open, args=(address,), daemon=True)
    thread.start()
    return thread


def _has_screen() -> bool:
    if not sys.platform.startswith(("linux", "freebsd")):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def _open(address: str) -> None:
    parts = urlsplit(address)
    health = parts._replace(path=f"{parts.path.rstrip('/')}/_stcore/health", query="").geturl()
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            direct.open(health, timeout=2).read()
        except OSError:
            time.sleep(0.1)
        else:
            webbrowser.open(address)
            return
