"""How far a map is, stage by stage."""

from __future__ import annotations

from collections.abc import Callable

from dlc_core.records.progress import Meter, Report, Step

PHASE = "projecting"
Count = Callable[[int, int], None]  # (done, total)


class Stages:
    """Turns what a layout is doing into steps; each stage has its own count and time left."""

    def __init__(self, report: Report) -> None:
        """Tell `report` of every step."""
        self._report = report

    def begin(self, words: str) -> None:
        """Say what is done now; how long it takes is not known."""
        self._report(Step(PHASE, 0, 0, unit="map", detail=words))

    def counted(self, words: str, unit: str) -> Count:
        """Return what takes (done, total) of a stage such as "layout"."""
        meter = Meter(self._report)

        def count(done: int, total: int) -> None:
            text = f"{words} {done:,} of {total:,}"
            if done == 0:  # the first one compiles as well: its time says nothing of the rest
                self._report(Step(PHASE, 0, total, unit=unit, detail=text))
            else:
                meter(PHASE, done, total, unit=unit, detail=text)

        return count
