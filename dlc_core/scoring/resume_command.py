"""The command that goes on with a run, made of what its run.json says was asked."""

from __future__ import annotations

from typing import Any

from dlc_core.errors import DLCError
from dlc_core.runs.run import Run
from dlc_core.scoring.request import WRITTEN


def resume_command(run: Run) -> list[str]:
    """Return the arguments of `dlc` that go on with a run.

    Only options that `dlc score` writes are taken, each with one plain value.

    Raises:
        DLCError: if no command began it, or run.json holds something else.
    """
    if added := run.info.get("added"):
        base = added.get("to") if isinstance(added, dict) else None
        return ["update", _plain(run, "added", base), f"--out={run.path}", "--resume"]
    request = run.info.get("request")
    if not isinstance(request, dict) or "dataset" not in request:
        raise DLCError(
            f"{run.name} was begun from Python; go on there with dlc.score(…, resume=True)."
        )
    words = ["score", _plain(run, "dataset", request["dataset"]), f"--out={run.path}"]
    for name, value in request.items():
        if name not in WRITTEN:
            raise DLCError(
                f"run.json of {run.name} asks for {str(name)[:40]!r}, which dlc score never "
                "writes; score the data again instead of going on with this run."
            )
        if name != "dataset" and value is not None:
            words.append(f"--{name.replace('_', '-')}={_plain(run, name, value)}")
    return [*words, "--resume"]


def _plain(run: Run, name: str, value: Any) -> str:
    """Return a value as one word of a command, which no parser takes for an option."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise DLCError(f"run.json of {run.name} has no plain value of {name}; score again.")
    word = str(value)
    if "\0" in word or (name in ("dataset", "added") and word.startswith("-")):
        raise DLCError(f"run.json of {run.name} has no plain value of {name}; score again.")
    return word
