"""Become the dashboard's server: its settings, its environment, and what people are told."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

from dlc_core.access_token import VARIABLE as TOKEN
from dlc_core.access_token import Token
from dlc_core.app_files import app_folder
from dlc_core.data_roots import PROGRAMS, VARIABLE, default_roots
from dlc_core.host_names import EVERYWHERE, LOOPBACK, Doors, HostName
from dlc_core.private_addresses import VARIABLE as PRIVATE


def serve(
    runs: Path,
    *,
    host: str,
    port: int,
    no_browser: bool,
    token: Token,
    programs: bool,
    private: bool,
    base_url: str = "",
    data_roots: list[str] | None = None,
    opens: str = "",
    allowed: tuple[HostName, ...] = (),
) -> int:
    """Become the Streamlit server: same process, so Ctrl-C and exit codes work as they should."""
    files = app_folder()
    own = HostName.of(host)
    one = own is not None and own.name not in EVERYWHERE  # else any address of this machine
    local = own is not None and own.name in LOOPBACK
    roots = [Path(root).expanduser().resolve() for root in data_roots or []]
    outside = not local or bool(allowed)  # others than the people of this machine come
    roots = roots or default_roots(runs=runs if outside else None)
    if one and not local and own is not None:
        allowed = (*allowed, HostName(own.name))
    names = Doors(allowed).names
    settings = {
        "server.port": port,
        "server.address": host,
        "server.allowedHosts": names,
        "server.headless": True,  # it would open and print an address without the token
        "logger.hideWelcomeMessage": True,
        "server.baseUrlPath": base_url.strip("/"),
        "browser.gatherUsageStats": False,
        "browser.serverAddress": host if one and not local else "localhost",
    }
    address = _address(host, port, base_url, allowed)
    print(f"dlc: open {address}{token.shown}", file=sys.stderr)
    if not token.value:
        print(
            "dlc: without a token everybody with an account on this machine can use the dashboard.",
            file=sys.stderr,
        )
    if outside and not data_roots:
        print(
            "dlc: it reads no data but what is uploaded and the runs; name more with --data-root.",
            file=sys.stderr,
        )
    if not local:
        print(
            f"dlc: listening on {host}: everyone who can reach this machine and has the token can "
            f"see the runs; browsers are let in under the host names {', '.join(names)} only.",
            file=sys.stderr,
        )
        if not allowed:
            print(
                "dlc: name what people type in their browsers, this machine's name or address, "
                f"such as --allow-host {socket.gethostname()}; all else is answered 400.",
                file=sys.stderr,
            )
    environment = {
        **os.environ,
        "DLC_RUNS": str(runs),
        VARIABLE: json.dumps(list(map(str, roots))),
        **{
            name: "1" if given or os.environ.get(name) == "1" else ""
            for name, given in ((PROGRAMS, programs), (PRIVATE, private))
        },
        "DLC_START": str(Path.cwd()),
        "DLC_OPENS": opens,
        "DLC_SERVER": json.dumps(settings),
        TOKEN: token.value,
        "DLC_BROWSER": "" if no_browser else address + token.query,
        "DLC_ALLOWED_HOSTS": json.dumps([str(name) for name in allowed]),
    }
    os.chdir(files)  # Streamlit reads .streamlit/config.toml from here
    arguments = [sys.executable, str(files / "asgi.py")]
    os.execve(sys.executable, arguments, environment)  # noqa: S606 - this very interpreter
    return 0


def _address(host: str, port: int, base_url: str, allowed: tuple[HostName, ...]) -> str:
    """Return what a person, on this machine or let in from elsewhere, types into a browser."""
    own = HostName.of(host)
    name = host if own is None else own.name
    if name in EVERYWHERE:
        name = allowed[0].name if allowed else "localhost"
    path = base_url.strip("/")
    return f"http://{HostName(name, port)}/{path + '/' if path else ''}"
