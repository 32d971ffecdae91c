"""The wheel holds the whole app, and the app runs from it in another folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from dlc_core.app_files import app_folder, asset

ROOT = Path(__file__).resolve().parents[1]


def test_the_apps_files_are_found_beside_the_package() -> None:
    assert app_folder() == ROOT
    assert asset("demo_backbone.safetensors").stat().st_size < 2_000_000


PROGRAM = """
import sys, dlc_core
from dlc_core.app_files import app_folder
from streamlit.testing.v1 import AppTest
at = AppTest.from_file(str(app_folder() / "app.py"), default_timeout=60).run()
print(dlc_core.__file__, [title.value for title in at.title], len(at.exception), sep="\\n")
"""


def test_the_app_runs_from_the_wheel_in_another_folder(tmp_path: Path, digits_runs: Path) -> None:
    command = ["pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path)]
    subprocess.run([sys.executable, "-m", *command, str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    app = site / "dlc_core" / "_app"
    assert {"app.py", "asgi.py", "pages", "dashboard", "assets", ".streamlit"} == {
        path.name for path in app.iterdir()
    }
    result = subprocess.run(
        [sys.executable, "-P", "-W", "ignore", "-c", PROGRAM],
        cwd=elsewhere,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(site), str(app)]),
            "DLC_RUNS": str(digits_runs),
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    where, titles, exceptions = result.stdout.splitlines()
    assert where.startswith(str(site))
    assert (titles, exceptions) == ("['Explore']", "0")
