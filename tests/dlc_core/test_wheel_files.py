from __future__ import annotations

import tomllib
from pathlib import Path

from dlc_core.app_files import app_folder, asset

ROOT = Path(__file__).resolve().parents[2]


def test_the_apps_files_are_found_beside_the_package() -> None:
    assert app_folder() == ROOT
    assert asset("demo_backbone.safetensors").stat().st_size < 2_000_000


def test_the_wheel_takes_all_that_the_app_needs() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    included = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for source, target in included.items():
        assert (ROOT / source).exists()
        assert target == f"dlc_core/_app/{source}"
    assert {"app.py", "asgi.py", "pages", "dashboard", "assets", ".streamlit"} == set(included)
