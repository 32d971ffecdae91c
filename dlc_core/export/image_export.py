"""What an export with images works with, and what it tells afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dlc_core.datasets import Fault
from dlc_core.errors import DLCError
from dlc_core.export.content import Content
from dlc_core.export.sources import Sources, Unusable
from dlc_core.export.tree_names import Placed, placed
from dlc_core.plurals import counted
from dlc_core.records.progress import Meter, Report, silent

MODES = {
    "copy": "copies of the files",
    "hardlink": "the same files under a second name; no space, the same disk only",
    "symlink": "links to the files; they break when the dataset moves",
}


@dataclass(frozen=True)
class Written:
    """What an export has written.

    Attributes:
        path: the file or folder.
        samples: how many it holds.
        faults: samples that it had to leave out, and why.
    """

    path: Path
    samples: int
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, eq=False)
class ImageExport:
    """An export with images under way.

    Attributes:
        content: what is exported.
        sources: where the images are.
        out: the file or folder to make.
        mode: a key of MODES; for a tree of files.
        report: told how far it is; a KeyboardInterrupt from it ends the export without a trace.
        faults: what had to be left out so far.
    """

    content: Content
    sources: Sources
    out: Path
    mode: str = "copy"
    report: Report = silent
    faults: list[Fault] = field(default_factory=list)

    def each(self, take: Callable[[Placed], None]) -> list[int]:
        """Let `take` handle one sample after another; note those that it cannot use.

        Returns:
            The rows of the content's table that were taken.

        Raises:
            DLCError: if none could be.
        """
        meter = Meter(self.report)
        total = len(self.content.table)
        taken: list[int] = []
        for done, sample in enumerate(placed(self.content)):
            meter("exporting", done, total)
            try:
                take(sample)
            except Unusable as reason:
                label = sample.target.partition("/")[0]
                self.faults.append(Fault(sample.source, label, str(reason)))
            else:
                taken.append(sample.row)
        if total and not taken:
            fault = self.faults[0]
            raise DLCError(
                f"none of the {counted(total, 'image')} could be exported; {fault.path}: "
                f"{fault.error}."
            )
        meter("exporting", total, total)
        return taken

    def written(self, taken: Sequence[int]) -> Written:
        """Return what to tell when `taken` rows are in place."""
        return Written(self.out, len(taken), tuple(self.faults))
