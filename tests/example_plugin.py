"""The documented example plug-in where the tests' own process finds it, without pip."""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[1] / "docs" / "example-plugin"


def put_on_path(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Install the example into a folder, as a wheel would be, and put that on sys.path."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    shutil.copytree(EXAMPLE / "dlc_acme", folder / "dlc_acme", dirs_exist_ok=True)
    about = folder / "dlc_acme-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    (about / "entry_points.txt").write_text("\n".join(lines))
    patch.syspath_prepend(folder)
    patch.delitem(sys.modules, "dlc_acme", raising=False)
