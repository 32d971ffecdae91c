"""`dlc demo` and `dlc app`: start the dashboard."""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dlc_core.access_token import token_of
from dlc_core.cli.parser_options import Commands, command
from dlc_core.cli.streamlit_server import serve
from dlc_core.default_folders import default_runs_folder
from dlc_core.errors import DLCError
from dlc_core.host_names import read_allowed

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
        help="folders the dashboard may read datasets from, after RUNS_DIR (home and this folder; "
        "with --allow-host, or --host other than this machine's own: none)",
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
        "--allow-private",
        action="store_true",
        help="let the dashboard fetch data from addresses of this machine and its network, and by "
        "http://; else only from public ones by https://; the command line does",
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
    from dlc_core.atomic_files import read_json

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
    return serve(
        runs, host="127.0.0.1", port=options.port, no_browser=options.no_browser, token=token,
        programs=options.allow_programs, private=options.allow_private, opens=DEMO_RUN,
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
    return serve(
        runs,
        host=options.host,
        port=options.port,
        no_browser=options.no_browser,
        token=token,
        programs=options.allow_programs,
        private=options.allow_private,
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
