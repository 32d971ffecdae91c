"""What belongs together (a patient, a product) by a column of the data's own table."""

from __future__ import annotations

from dlc_core.errors import DLCError
from dlc_core.file_names import stored_name
from dlc_core.runs.run import Run


def group_column_of(run: Run) -> str | None:
    """Return the column of groups that the run was scored with; None if there is none."""
    asked = (run.info["dataset"].get("asked") or {}).get("group_column")
    if not asked:
        return None
    name = stored_name(str(asked))
    return name if name in run.columns.columns else None


def column_groups(run: Run, column: str) -> tuple[str, ...]:
    """Return the group of each sample of a run, in the order of run.samples.

    A sample whose cell is empty is a group of its own: nobody knows what it belongs to.

    Args:
        run: with columns of its data.
        column: one of them.

    Raises:
        DLCError: if the data has no such column.
    """
    table = run.columns
    if column not in table.columns:
        names = ", ".join(map(repr, table.columns[:20])) or "none"
        raise DLCError(
            f"the data of {run.path} has no column {column!r}; it has {names}. Name one of them, "
            "or a file of groups with --groups FILE."
        )
    cells = table[column]
    return tuple(
        f"\0{path}" if gone or not str(cell) else str(cell)  # no name of a group has a NUL
        for cell, gone, path in zip(cells, cells.isna(), run.samples["path"], strict=True)
    )
