"""The choice of a split, or of a strategy, by evidence, as a job, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dlc_core import jobs
from dlc_core.analysis.run_view import View
from dlc_core.evidence.arms import parse_arm
from dlc_core.evidence.choose_arm import Choice
from dlc_core.evidence.store import make_folders
from dlc_core.evidence.stored_choice import choice_file, read_choice
from dlc_core.evidence.validity import settings_for, usual
from dlc_core.records.progress import fraction

AMONG = {
    "flexrand:auto": "FlexRand's split",
    "trimmed:auto": "Trimmed's share",
    "auto": "The strategy, too",
}


@dataclass(frozen=True)
class Choosing:
    """Where a choice stands.

    Attributes:
        state: "none", "running", "done", "stopped" or "failed".
        share: how much is done, in [0, 1].
        choice: what came of it, once it is done.
        message: why it failed, or "".
    """

    state: str
    share: float = 0.0
    choice: Choice | None = None
    message: str = ""


def choosing_of(view: View, name: str, keep_ratio: float) -> Choosing:
    """Return where the choice of an arm at a keep_ratio stands, for the run as it is now.

    Raises:
        DLCError: if nothing can be measured on the run.
    """
    file = choice_file(view.run.path, parse_arm(name), keep_ratio)
    now = settings_for(view, usual(view))
    wanted = {key: now[key] for key in ("format", "digest", "choosing")}
    wanted["keep_ratio"] = keep_ratio
    job = jobs.job_of(_key(file))
    if job is not None and job.state == "running":
        return Choosing("running", fraction(job.step) if job.step else 0.0)
    choice = read_choice(file, wanted)
    if choice is not None:
        return Choosing("done", 1.0, choice)
    if job is None or job.state in ("done", "gone"):  # of the run as it was
        return Choosing("none")
    if job.state == "failed":
        return Choosing("failed", message=job.message)
    return Choosing("stopped")


def _key(file: Path) -> Path:
    return file.with_name(file.name.removesuffix(".json"))


def command(view: View, name: str, keep_ratio: float) -> list[str]:
    """Return the arguments of `dlc` that make the choice."""
    return ["auto", str(view.run.path), "--strategy", name, "--keep", f"{keep_ratio:g}"]


def start(view: View, name: str, keep_ratio: float) -> None:
    """Start `dlc auto`.

    Raises:
        DLCError: if the run cannot be written.
    """
    file = choice_file(view.run.path, parse_arm(name), keep_ratio)
    make_folders(file.parent)
    jobs.start(command(view, name, keep_ratio), run=_key(file))


def cancel(view: View, name: str, keep_ratio: float) -> None:
    """Ask the process that makes a choice to stop."""
    jobs.cancel(_key(choice_file(view.run.path, parse_arm(name), keep_ratio)))
