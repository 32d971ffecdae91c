"""How far a job is: phases, counts and the time that is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dlc_core.atomic_files import read_json, write_json

PROGRESS_FILE = "progress.json"

PHASES = {
    "starting": "Loading PyTorch and the backbone",
    "estimated": "Estimate",
    "decoding": "Reading samples",
    "scoring": "Scoring",
    "projecting": "Projecting (UMAP)",
    "exporting": "Exporting images",
    "finetuning": "Fine-tuning",
    "report": "Making the report",
    "inspecting": "Finding issues",
    "measuring": "Measuring",
}


@dataclass(frozen=True)
class Step:
    """One moment of a job.

    Attributes:
        phase: a key of PHASES.
        done, total: units of the phase; total is 0 while it is unknown.
        unit: what is counted.
        eta_seconds: time left in the phase, or None while it cannot be known.
        detail: a few words, such as "mask 3 of 50".
    """

    phase: str
    done: int
    total: int
    unit: str = "images"
    eta_seconds: float | None = None
    detail: str = ""


Report = Callable[[Step], None]


def silent(_step: Step) -> None:
    """Report nothing."""


@dataclass
class Meter:
    """Turns counts into steps with an ETA, at most a few a second, and hands them on."""

    report: Report
    interval: float = 0.2
    _phase: str = ""
    _begun: tuple[float, int] = field(default=(0.0, 0))
    _last: float = 0.0

    def __call__(
        self, phase: str, done: int, total: int, *, unit: str = "images", detail: str = ""
    ) -> None:
        """Take the count; report it if it is the first or last of its phase, or time has passed."""
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._begun, self._last = phase, (now, done), 0.0
        if done < total and now - self._last < self.interval:
            return
        self._last = now
        began, first = self._begun
        eta = None
        if total and done > first and now - began > 0.5:
            eta = (now - began) * (total - done) / (done - first)
        self.report(Step(phase, done, total, unit, eta, detail))


def save_step(folder: Path, step: Step) -> None:
    """Write a step where the dashboard looks for it."""
    write_json(folder / PROGRESS_FILE, {**vars(step), "updated": time.time()})


def read_step(folder: Path) -> Step | None:
    """Return the last step of the job that writes this run, or None."""
    value: dict[str, Any] | None = read_json(folder / PROGRESS_FILE)
    if value is None:
        return None
    value.pop("updated", None)
    try:
        step = Step(**value)
    except TypeError:
        return None
    eta = step.eta_seconds
    whole = (
        all(isinstance(text, str) for text in (step.phase, step.unit, step.detail))
        and all(isinstance(count, int) and abs(count) < 1e15 for count in (step.done, step.total))
        and (eta is None or (isinstance(eta, int | float) and abs(eta) < 1e12))
    )
    return step if whole else None


def fraction(step: Step) -> float:
    """Return how much of a step's phase is done, in [0, 1]; 0 while that is not known."""
    return min(1.0, step.done / step.total) if step.total else 0.0


def step_words(step: Step) -> str:
    """Return a step as one line for a person."""
    name = PHASES.get(step.phase, step.phase)
    if not step.total:
        return f"{name}: {step.detail}" if step.detail else f"{name} …"
    text = f"{name}: {step.detail or f'{step.done:,} of {step.total:,} {step.unit}'}"
    if step.eta_seconds is not None and step.done < step.total:
        text += f" · about {duration(step.eta_seconds)} left"
    return text


def duration(seconds: float) -> str:
    """Return a time such as "40 s", "3 min 20 s" or "2 h 5 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
