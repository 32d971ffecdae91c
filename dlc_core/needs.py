"""What an entry of a registry cannot work without, and what a run lacks of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlc_core.runs import Run


@dataclass(frozen=True)
class Need:
    """One thing that an entry of a registry may need.

    Attributes:
        words: what it is, for a sentence.
        met: whether a run has it, found out without reading much.
    """

    words: str
    met: Callable[[Run], bool]


NEEDS: dict[str, Need] = {
    "classes": Need(
        "samples of at least two classes", lambda run: run.samples["class_id"].nunique() > 1
    ),
    "features": Need("features", lambda run: (run.path / "features.npy").is_file()),
}


def lacking(run: Run, needs: Sequence[str]) -> str:
    """Return what a run lacks, such as "samples of at least two classes"; "" if nothing.

    Args:
        run: a run with scores.
        needs: keys of NEEDS.
    """
    return " and ".join(NEEDS[name].words for name in needs if not NEEDS[name].met(run))
