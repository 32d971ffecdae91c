"""Named recipes of a run: keep one, use one, put one beside the present one, delete with undo."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.escaping import for_markdown, shortened
from dashboard.recipe import use_recipe
from dashboard.toasts import say
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.recipes import (
    Recipe,
    Subset,
    delete_recipe,
    recipe_record,
    save_recipe,
    saved_recipes,
)

_NAME, _BESIDE, _GONE = "recipe-name", "recipe-beside", "recipe-deleted"


def saved(view: View, kept: Subset | None) -> tuple[str, dict[str, Any]] | None:
    """Show the controls of named recipes; return name and record of the one put beside, if any.

    Args:
        view: the run.
        kept: what the present recipe keeps; None while that is still being chosen.
    """
    records = saved_recipes(view.run.path)
    with st.expander("Saved recipes", icon=":material/bookmarks:"):
        _keep(view, kept)
        if records:
            _choose(view, records)
        gone = st.session_state.get(_GONE)
        if gone and gone[0] == view.run.name:
            st.button(
                f"Undo: bring back {for_markdown(shortened(gone[1], 20))}",
                icon=":material/undo:",
                key="recipe-undo",
                on_click=_bring_back,
                args=(view,),
            )
    name = st.session_state.get(_BESIDE)
    return (str(name), records[str(name)]) if name in records else None


def _keep(view: View, kept: Subset | None) -> None:
    name = str(st.text_input("Name", key=_NAME, placeholder="A", max_chars=60) or "").strip()

    def keep() -> None:
        if kept is None:
            return
        try:
            save_recipe(view.run.path, name, recipe_record(view.run, view.candidates, kept))
        except DLCError as error:
            say(str(error), icon="error")
        else:
            say(f"Saved the recipe as {name}.")

    st.button(
        "Save this recipe", key="recipe-save", icon=":material/bookmark_add:", on_click=keep,
        disabled=not name or kept is None,
        help="Kept in the run; one of the same name is replaced.",
    )  # fmt: skip


def _choose(view: View, records: dict[str, dict[str, Any]]) -> None:
    name = st.selectbox("Put beside", [None, *records], key=_BESIDE, format_func=_shown)
    if name is None:
        return

    def use() -> None:
        try:
            use_recipe(view, Recipe.of(records[name]["recipe"]))
        except DLCError as error:
            say(str(error), icon="error")

    def delete() -> None:
        st.session_state[_GONE] = (view.run.name, name, records[name])
        delete_recipe(view.run.path, name)
        st.session_state[_BESIDE] = None
        say(f"Deleted the recipe {name}.", icon="delete")

    with st.container(horizontal=True):
        st.button("Use", key="recipe-use", icon=":material/input:", on_click=use)
        st.button("Delete", key="recipe-delete", icon=":material/delete:", on_click=delete)


def _shown(name: str | None) -> str:
    return "Nothing" if name is None else name


def _bring_back(view: View) -> None:
    _, name, record = st.session_state.pop(_GONE)
    try:
        save_recipe(view.run.path, name, record)
    except DLCError as error:
        say(str(error), icon="error")
