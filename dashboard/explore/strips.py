"""Per class the easiest and the hardest samples side by side, as in the paper's figure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.gallery import heading, tiles
from dlc_core.analysis.run_view import View

STRIP_CLASSES = 10  # a page
EACH = 5  # tiles a side


def strips(
    view: View, rows: NDArray[np.int64], classes: list[int], tile: int
) -> tuple[list[dict[str, Any]], NDArray[np.int64]]:
    """Return the items of these classes' strips, and their rows in the order shown.

    A class of fewer than 2 * EACH samples shows each of them once.

    Args:
        view: the run.
        rows: the samples in view.
        classes: class ids.
        tile: width of a tile: narrow ones fit more on a side.
    """
    each = EACH if tile >= 84 else 2 * EACH
    items: list[dict[str, Any]] = []
    taken: list[NDArray[np.int64]] = []
    percentile, class_ids = view.percentile[rows], view.class_ids[rows]
    for class_id in classes:
        own = rows[class_ids == class_id]
        own = own[np.argsort(percentile[class_ids == class_id], kind="stable")]
        side = min(each, (len(own) + 1) // 2)
        hardest = own[max(side, len(own) - each) :]
        for words, part in (("easiest", own[:side]), ("hardest", hardest)):
            if len(part):
                items.append(heading(view.classes[class_id], words))
                items.extend(tiles(view, part, view.decided()))
                taken.append(part)
    return items, np.concatenate(taken) if taken else rows[:0]
