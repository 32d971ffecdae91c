"""Which samples of a run meet a filter expression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlc_core.analysis.by_score import by_score
from dlc_core.analysis.expression import And, Expression, Not, Or, parse
from dlc_core.analysis.expression_fields import Mask
from dlc_core.analysis.expression_names import field_of
from dlc_core.analysis.run_view import View, view_of
from dlc_core.runs import Run
from dlc_core.scores import OWN


def ids_where(run: Run, expression: str, *, by: str = OWN) -> NDArray[np.int64]:
    """Return the ids of the samples that meet an expression (docs/filters.md), ascending.

    Args:
        run: a run with scores.
        expression: such as `issue = "label-error" and percentile > 90`.
        by: the score that score, ranks and percentile are of.

    Raises:
        DLCError: if it is no expression, or names what the run does not have.
    """
    view = by_score(view_of(run), by)
    return view.ids[mask_where(view, expression)]


def mask_where(view: View, expression: str | Expression) -> Mask:
    """Return (N,) whether each sample meets an expression.

    Raises:
        DLCError: as `ids_where`.
    """
    tree = parse(expression) if isinstance(expression, str) else expression
    if isinstance(tree, Not):
        return ~mask_where(view, tree.part)
    if isinstance(tree, And | Or):
        join = np.logical_and if isinstance(tree, And) else np.logical_or
        return np.asarray(join.reduce([mask_where(view, part) for part in tree.parts]))
    return field_of(view, tree).mask(tree)
