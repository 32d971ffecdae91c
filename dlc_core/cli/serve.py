"""`dlc demo` and `dlc app`: start the dashboard."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dlc_core.app_files import app_folder
from dlc_core.cli.options import Commands, command
from dlc_core.data_roots import PROGRAMS, VARIABLE
from dlc_core.errors import DLCError
from dlc_core.host_names import EVERYWHERE, LOOPBACK, Doors, HostName, read_allowed
from dlc_core.runs.folder import default_runs_folder
from dlc_core.token import VARIABLE as TOKEN
from dlc_core.token import Token, token_of

DEMO_RUN = "digits-demo"


@dataclass(frozen=True)
class _Command:
    add_to: Callable[[Commands], None]


def _add_demo(commands: Commands) -> None:
    parser = command(
        commands,
        "demo",
        help="score the bundled digits if needed and open the dashboard on them",
        example="dlc demo --port 8601",
        run=demo,
    )
    parser.add_argument("--runs", metavar="RUNS_DIR", help="folder of runs ($DLC_RUNS)")
    _add_server(parser)


def _add_app(commands: Commands) -> None:
    parser = command(
        commands,
        "app",
        help="open the dashboard on a folder of runs",
        example="dlc app runs/ --data-root /data --no-browser",
        run=app,
    )
    add = parser.add_argument
    add("runs", nargs="?", metavar="RUNS_DIR", help="folder of runs ($DLC_RUNS)")
    add("--host", default="127.0.0.1", metavar="H", help="address to listen on (127.0.0.1)")
    add("--base-url", default="", metavar="PATH", help="path prefix behind a proxy")
    add(
        "--allow-host", action="append", default=[], metavar="NAME",
        help="a further host name that browsers may use, such as that of a proxy; repeatable "
        "(localhost)",
    )  # fmt: skip
    add(
        "--data-root",
        nargs="+",
        default=[],
        metavar="DIR",
        help="folders the dashboard may read datasets from, after RUNS_DIR (home and this folder)",
    )
    _add_server(parser)


def _add_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8501, metavar="N", help="port (8501)")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--allow-programs",
        action="store_true",
        help="let the dashboard run encoders that came as a file (export:); the command line does",
    )
    parser.add_argument(
        "--token",
        metavar="VALUE",
        help="what a browser must bring, in the address that is printed; better in $DLC_TOKEN, "
        "which no list of processes shows (a new random one); none: everybody on this machine",
    )


DEMO, APP = _Command(_add_demo), _Command(_add_app)


def demo(options: argparse.Namespace) -> int:
    """Start scoring the digits unless that is done, then serve."""
    from dlc_core import jobs
    from dlc_core.runs.files import read_json

    runs = _runs_folder(options.runs)
    token = token_of(options.token, host="127.0.0.1")
    _require_free_port("127.0.0.1", options.port)
    run = runs / DEMO_RUN
    done = (read_json(run / "run.json") or {}).get("status") == "done"
    if not (done and (run / "projection.parquet").is_file()):
        print("dlc: scoring the bundled digits; the page shows how far it is.", file=sys.stderr)
        job = jobs.job_of(run)
        if job is None or job.state != "running":
            jobs.start(
                ["score", "digits", "--profile", "fast", "--out", str(run), "--resume", "--yes"],
                run=run,
            )
    return _serve(
        runs, host="127.0.0.1", port=options.port, no_browser=options.no_browser, token=token,
        programs=options.allow_programs, opens=DEMO_RUN,
    )  # fmt: skip


def app(options: argparse.Namespace) -> int:
    """Serve a folder of runs."""
    runs = _runs_folder(options.runs)
    for folder in options.data_root:
        if not Path(folder).expanduser().is_dir():
            raise DLCError(f"no such folder for --data-root: {folder}.")
    allowed = read_allowed(options.allow_host)
    token = token_of(options.token, host=options.host)
    _require_free_port(options.host, options.port)
    return _serve(
        runs,
        host=options.host,
        port=options.port,
        no_browser=options.no_browser,
        token=token,
        programs=options.allow_programs,
        base_url=options.base_url,
        data_roots=options.data_root,
        allowed=allowed,
    )


def _runs_folder(given: str | None) -> Path:
    folder = Path(given).expanduser().absolute() if given else default_runs_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DLCError(f"cannot use {folder} as folder of runs: {error.strerror}.") from error
    return folder


def _require_free_port(host: str, port: int) -> None:
    if not 0 < port < 65536:
        raise DLCError(f"port must be between 1 and 65535, got {port}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise DLCError(
                f"cannot listen on {host}:{port} ({error.strerror}); choose another --port."
            ) from error


def _serve(
    runs: Path,
    *,
    host: str,
    port: int,
    no_browser: bool,
    token: Token,
    programs: bool,
    base_url: str = "",
    data_roots: list[str] | None = None,
    opens: str = "",
    allowed: tuple[HostName, ...] = (),
) -> int:
    """Become the Streamlit server: same process, so Ctrl-C and exit codes work as they should."""
    files = app_folder()
    roots = [str(Path(root).expanduser().resolve()) for root in data_roots or []]
    roots = roots or [str(Path.home().resolve()), str(Path.cwd().resolve())]
    own = HostName.of(host)
    one = own is not None and own.name not in EVERYWHERE  # else any address of this machine
    local = own is not None and own.name in LOOPBACK
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
        VARIABLE: json.dumps(roots),
        PROGRAMS: "1" if programs or os.environ.get(PROGRAMS) == "1" else "",
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
