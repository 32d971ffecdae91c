"""The question before a run of somebody else goes on."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

from dlc_core.atomic_files import read_json
from dlc_core.cli.info import plain
from dlc_core.errors import DLCError
from dlc_core.runs import Run
from dlc_core.runs.begun_here import begun_here
from dlc_core.scoring.resume_command import resume_command


def add_yes(parser: Any) -> None:
    """Add --yes."""
    parser.add_argument(
        "--yes",
        action="store_true",
        help="use a run that was not begun here as its run.json says, unasked",
    )


def require_begun_here(folder: Path, *, yes: bool) -> None:
    """Ask before a run goes on that this user did not begin at this path.

    Args:
        folder: the run directory; nothing is asked where there is no run yet.
        yes: that the person said so before.

    Raises:
        DLCError: if it was not begun here and nobody says yes.
    """
    info = read_json(folder / "run.json")
    if yes or info is None or begun_here(folder, info):
        return
    told = f"{folder} was not begun here (it came from elsewhere or was moved)"
    if info.get("request") or info.get("added"):  # neither: begun from Python
        command = shlex.join(["dlc", *resume_command(Run.open(folder, unfinished=True))])
        print(f"dlc: {told}; its run.json says: {plain(command)}", file=sys.stderr)
    if sys.stdin.isatty() and sys.stderr.isatty():
        print("dlc: go on with it? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() in ("y", "yes"):
            return
    raise DLCError(f"{told}; add --yes to go on with it, or choose another --out.")
