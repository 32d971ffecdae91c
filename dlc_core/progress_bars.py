"""Progress as tqdm shows it, in a notebook or a terminal."""

from __future__ import annotations

from typing import Any

from dlc_core.records.progress import PHASES, Report, Step


def bars() -> Report:
    """Return a report that shows one bar for each phase of the work."""
    from tqdm.auto import tqdm

    state: dict[str, Any] = {"phase": "", "bar": None}

    def report(step: Step) -> None:
        if not step.total:
            return
        if state["phase"] != step.phase:
            if state["bar"] is not None:
                state["bar"].close()
            state["phase"] = step.phase
            state["bar"] = tqdm(total=step.total, desc=PHASES.get(step.phase, step.phase), unit="")
        bar = state["bar"]
        bar.update(step.done - bar.n)
        if step.done >= step.total:
            bar.close()
            state.update(phase="", bar=None)

    return report
