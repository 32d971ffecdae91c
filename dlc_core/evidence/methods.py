"""The methods of evidence: what learns from a subset, and what each needs."""

from __future__ import annotations

from dataclasses import dataclass

from dlc_core.needs import require
from dlc_core.runs import Run


@dataclass(frozen=True)
class Method:
    """What learns from subsets.

    Attributes:
        description: half a sentence on what it is and how long it takes.
        needs: keys of `dlc_core.needs.NEEDS` without which it cannot be measured.
    """

    description: str
    needs: tuple[str, ...]


PROBE = "probe"
METHODS: dict[str, Method] = {
    PROBE: Method("a linear probe on the run's features, seconds", ("classes", "features")),
    "finetune": Method(
        "fine-tuning the backbone itself, minutes to hours; the harder proof",
        ("classes", "features", "images", "files"),
    ),
}


def require_method(run: Run, name: str = PROBE) -> None:
    """Refuse a method that cannot be measured on a run.

    Args:
        run: that subsets are drawn from.
        name: a key of METHODS.

    Raises:
        DLCError: with what the run lacks; where its files were is told by who opens them.
    """
    needs = [need for need in METHODS[name].needs if need != "files"]
    require(run, f"evidence by the method {name!r}", needs)
