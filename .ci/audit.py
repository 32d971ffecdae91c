"""Compares what is installed with docs/security.md, and asks pip-audit where it can."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.version import Version

ROW = re.compile(r"^\| ([\w.-]+) \| ([\d.]+) \| (.+) \|$", re.MULTILINE)


def below(text: str) -> list[str]:
    """Return what is installed and older than the table allows."""
    floors = ROW.findall(text)
    if not floors:
        return ["docs/security.md has no table of floors"]
    found = []
    for name, least, why in floors:
        try:
            there = version(name)
        except PackageNotFoundError:
            continue  # an extra that is not installed
        if Version(there) < Version(least):
            found.append(f"{name} {there} is older than {least}: {why}")
    return found


def known() -> tuple[list[str], str]:
    """Return what pip-audit's database knows against what is installed, and what it could not."""
    words = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
        packages = json.loads(done.stdout)["dependencies"]
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired):
        return [], "pip-audit did not answer"
    asked = [one for one in packages if "skip_reason" not in one]
    holes = [f"{one['name']} {one['version']}: {hole['id']}" for one in asked
             for hole in one["vulns"]]  # fmt: skip
    return holes, f"pip-audit's database knew {len(asked)} of {len(packages)} packages"


if __name__ == "__main__":
    problems = below(Path("docs/security.md").read_text(encoding="utf-8"))
    holes, said = known()
    print(said)
    sys.exit("\n".join([*problems, *holes]) or 0)
