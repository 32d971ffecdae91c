"""The wheel holds the whole app, and the app runs from it in another folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

from dlc_core.app_files import app_folder, asset

ROOT = Path(__file__).resolve().parents[1]


def test_the_apps_files_are_found_beside_the_package() -> None:
    assert app_folder() == ROOT
    assert asset("demo_backbone.safetensors").stat().st_size < 2_000_000


def test_the_app_runs_from_the_wheel(tmp_path: Path, digits_runs: Path) -> None:
    command = ["pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path)]
    subprocess.run([sys.executable, "-m", *command, str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = (
        "import dlc_core, sys; print(dlc_core.__file__); from dlc_core.cli import main; main()"
    )
    arguments = ["app", str(digits_runs), "--port", str(port), "--no-browser"]
    server = subprocess.Popen(
        [sys.executable, "-P", "-c", program, *arguments],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(site)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        assert server.stdout.readline().startswith(str(site))
        for _ in range(400):
            try:
                health = f"http://127.0.0.1:{port}/_stcore/health"
                assert urllib.request.urlopen(health, timeout=2).read() == b"ok"
                break
            except OSError:
                time.sleep(0.05)
        else:
            raise AssertionError("the server never answered")
    finally:
        server.terminate()
        server.communicate(timeout=20)
