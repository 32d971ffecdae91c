"""What makes scores doubtful, whatever the objective: seen in the masks and the backbone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlc_core.plurals import counted

# The order in which cautions are told.
CODES = (
    "unknown_classes",
    "too_few_to_tell",
    "small_classes",
    "idle_masks",
    "collapse",
    "out_of_reach",
    "open_doors",
)
# What is told only where another is not: a collapse is of a backbone that knew the classes.
_UNLESS = {"collapse": "unknown_classes"}
_FAR = 0.3  # share of the weights out of reach that is worth a word


@dataclass(frozen=True)
class Facts:
    """What is known of the masks of a scoring.

    Attributes:
        backbone: its name.
        changed: (M,) weights other than zero that each mask zeroes.
        zero_share: of the maskable weights, those that are zero without a mask.
        out_of_reach: of the weights in matrices and kernels, the share that masks never take.
        open_doors: what a stranger's program could reach, for people.
    """

    backbone: str
    changed: NDArray[np.int64]
    zero_share: float
    out_of_reach: float = 0.0
    open_doors: Sequence[str] = ()


def cautions(facts: Facts, found: Mapping[str, str]) -> list[dict[str, str]]:
    """Return what a person should know before trusting the scores: code and text of each.

    Args:
        facts: of the masks.
        found: code -> text of what the objective found, "" for what does not hold.
    """
    texts = {
        **found,
        "idle_masks": _idle_masks(facts),
        "out_of_reach": _out_of_reach(facts),
        "open_doors": _open_doors(facts),
    }
    codes = [*CODES, *(code for code in texts if code not in CODES)]
    told = [
        (code, texts.get(code, "")) for code in codes if not texts.get(_UNLESS.get(code, ""), "")
    ]
    return [{"code": code, "text": text[0].upper() + text[1:]} for code, text in told if text]


def _idle_masks(facts: Facts) -> str:
    idle = int(np.count_nonzero(facts.changed[1:] == 0))
    if not idle:
        return ""
    masks = len(facts.changed) - 1
    share = "the" if idle == masks else f"{idle} of the"
    change = "changes" if idle == 1 else "change"
    if not facts.zero_share:
        return f"{share} {counted(masks, 'mask')} {change} nothing: the interval is too small."
    return (
        f"{share} {counted(masks, 'mask')} {change} nothing, because {facts.zero_share:.0%} of "
        "the weights of "
        f"{facts.backbone} are zero already (compressed or quantised weights): the score is "
        f"{'the loss without a mask' if idle == masks else 'mostly the loss without a mask'}."
    )


def _out_of_reach(facts: Facts) -> str:
    if facts.out_of_reach < _FAR:
        return ""
    return (
        f"masks reach {1 - facts.out_of_reach:.0%} of the weights of {facts.backbone} only: the "
        "rest is in embeddings, or in layers of a kind that is not known here (run.json lists what "
        "is masked), so it forgets less than it seems to."
    )


def _open_doors(facts: Facts) -> str:
    if not facts.open_doors:
        return ""
    return (
        f"the program {facts.backbone} ran in a process of its own, to which this system could "
        f"not close: {', '.join(facts.open_doors)}. Run only programs of people you trust "
        "here."
    )
