"""Opening the dashboard in a browser, by an address that nothing else prints or keeps."""

from __future__ import annotations

import threading
import time
import urllib.request
import webbrowser
from urllib.parse import urlsplit

_PATIENCE = 60.0  # seconds until a server that does not answer is left alone


def open_when_ready(address: str) -> None:
    """Open an address once its server answers, in a thread; "" opens none."""
    if address:
        threading.Thread(target=_open, args=(address,), daemon=True).start()


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
