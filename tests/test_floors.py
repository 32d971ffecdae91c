"""The floors in docs/security.md are those that pip is told; what is installed keeps to them."""

from __future__ import annotations

import re
import runpy
import tomllib

from packaging.requirements import Requirement
from packaging.version import Version

from tests.conftest import ROOT

AUDIT = runpy.run_path(str(ROOT / ".ci" / "audit.py"))
TABLE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_pip_installs_nothing_below_a_floor() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        named += extra
    floors = {name: Version(least) for name, least, _ in AUDIT["ROW"].findall(TABLE)}
    asked = [Requirement(text) for text in named]
    assert {"torch", "pillow", "starlette"} <= floors.keys() & {one.name for one in asked}
    for one in asked:
        least = re.search(r">=([\d.]+)", str(one.specifier))
        if one.name in floors:
            assert least
            assert Version(least.group(1)) >= floors[one.name], one


def test_what_is_older_is_told() -> None:
    assert AUDIT["below"](TABLE) == []
    assert AUDIT["below"]("| torch | 999.0 | holes |")[0].endswith("is older than 999.0: holes")
    assert AUDIT["below"]("no table")
