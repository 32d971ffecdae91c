"""Scores of a person's own: a table brought to the run, listed, deleted, brought back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.escaping import for_markdown, shortened, visible_name
from dashboard.rerun import draw_anew
from dashboard.toasts import say, show_said
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.export.read_back import score_columns, score_table, scores_in
from dlc_core.plurals import counted
from dlc_core.scores import delete_scores, import_scores, scores_of, stored_scores

MOST_MB = 128  # a million rows of long paths; as in .streamlit/config.toml
_OPEN, _CHANGED = "own-scores-open", "own-scores-changed"
_GONE, _TURN = "own-scores-gone", "own-scores-turn"
_TYPES = ["csv", "tsv", "parquet", "json", "jsonl", "ndjson"]
Use = Callable[[str], None]


def own_scores_button(view: View, *, use: Use, popover: str | None = None) -> None:
    """Show the button that opens the dialog, and the dialog while it is open.

    Args:
        view: the run.
        use: called with the name of what was imported.
        popover: key of the popover that the button is in: it would lie over the dialog.
    """

    def open_() -> None:
        st.session_state[_OPEN] = view.run.name
        if popover is not None:
            st.session_state[popover] = False

    st.button(
        "Scores of your own",
        key="own-scores",
        icon=":material/upload_file:",
        type="tertiary",
        on_click=open_,
    )
    if st.session_state.get(_OPEN) == view.run.name:
        _dialog(view, use)


def _close() -> None:
    st.session_state.pop(_OPEN, None)


@st.dialog("Scores of your own", on_dismiss=_close)
def _dialog(view: View, use: Use) -> None:
    old = st.session_state.pop(_CHANGED, None) == view.stamp
    if _OPEN not in st.session_state or old:
        draw_anew()  # the page behind shows the run's scores, too
    show_said()
    names = stored_scores(view.run)
    turn = int(st.session_state.get(_TURN, 0))
    st.markdown(
        "A table with a column `id` or `path` and one number for every sample, higher = harder. "
        "It is kept in the run; Explore and Prune can then go by it."
    )
    given = st.file_uploader(
        "Table", _TYPES, key=f"own-scores-file-{turn}", max_upload_size=MOST_MB,
        help="Larger ones, or from a script: `dlc scores RUN --import FILE --name NAME`.",
    )  # fmt: skip
    if given is not None:
        try:
            table = _table(given.file_id, given.name, given.getvalue)
            _offer(view, table, given.name, names, use, turn)
        except DLCError as error:
            st.error(for_markdown(str(error)), icon=":material/error:")
    _kept(view, names)


# Told apart by the upload, not by its bytes, which would be hashed at every click.
@st.cache_resource(max_entries=1, show_spinner="Reading …")
def _table(upload: str, name: str, _read: Callable[[], bytes]) -> pd.DataFrame:  # noqa: ARG001
    return score_table(_read(), name)


def _offer(
    view: View, table: pd.DataFrame, file: str, names: list[str], use: Use, turn: int
) -> None:
    columns = score_columns(table)
    if not columns:
        raise DLCError(f"{file} has no column of numbers; expected one with the scores.")
    column = columns[0]
    if len(columns) > 1:
        column = st.selectbox(
            "Column of scores", columns, key=f"own-scores-column-{turn}",
            format_func=visible_name,
        )  # fmt: skip
    name = st.text_input(
        "Name", _suggested(file), key=f"own-scores-name-{turn}", max_chars=40,
        help="Letters, digits, '-', '_' and '.'.",
    ).strip()  # fmt: skip
    if name in names:
        st.caption(f"{for_markdown(name)} is there already and will be replaced.")

    def take() -> None:
        try:
            values = scores_in(table, view.run, name=file, column=column)
            replaced = import_scores(view.run, name, values)
        except DLCError as error:
            say(str(error), icon="error")
            return
        use(name)
        st.session_state[_TURN] = turn + 1
        _close()
        _table.clear()
        done = "Replaced" if replaced else "Imported"
        say(f"{done} {name}: {counted(len(values), 'sample')}. It is the one in use now.")

    st.button(
        "Import", key="own-scores-import", icon=":material/upload:", type="primary", on_click=take,
        disabled=not name,
    )  # fmt: skip


def _suggested(file: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", file.rpartition(".")[0]).strip("-.")[:40]


def _kept(view: View, names: list[str]) -> None:
    if names:
        st.markdown("**In this run**")
    for name in names:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(for_markdown(name), width="stretch")
            st.button(
                ":material/delete:", key=f"own-scores-delete-{name}", help="Delete",
                on_click=_delete, args=(view, name),
            )  # fmt: skip
    gone: tuple[str, str, NDArray[np.float64]] | None = st.session_state.get(_GONE)
    if gone and gone[0] == view.run.name:
        st.button(
            f"Undo: bring back {for_markdown(shortened(gone[1], 20))}", icon=":material/undo:",
            key="own-scores-undo", on_click=_bring_back, args=(view,),
        )  # fmt: skip


def _delete(view: View, name: str) -> None:
    try:
        values = scores_of(view.run, name)
        delete_scores(view.run, name)
    except DLCError as error:
        say(str(error), icon="error")
        return
    st.session_state.update({_GONE: (view.run.name, name, values), _CHANGED: view.stamp})
    say(f"Deleted the score {name}.", icon="delete")


def _bring_back(view: View) -> None:
    given: Any = st.session_state.pop(_GONE)
    try:
        import_scores(view.run, given[1], given[2])
        st.session_state[_CHANGED] = view.stamp
    except DLCError as error:
        say(str(error), icon="error")
