"""The formats that are one small file, as a grid of cards."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.export.file_names import file_name, stem
from dlc_core.analysis.run_view import View
from dlc_core.export import Exporter, encode_subset, export_formats, exporter
from dlc_core.needs import offered
from dlc_core.recipes import Subset, recipe_record
from dlc_core.selection.candidates import Candidates

_COLUMNS = 4


def table_cards(view: View, kept: Subset, part: str) -> None:
    """Show a card for each table, array and piece of code, and one for the recipe.

    Args:
        view: of the run.
        kept: the subset.
        part: which samples, a key of PARTS.
    """
    able = offered(view.run, export_formats())
    formats = {name: found for name, found in able.items() if isinstance(found, Exporter)}
    cards: list[Callable[[], None]] = [partial(_card, view, kept, name, part) for name in formats]
    cards.append(partial(_recipe, view, kept))
    for start in range(0, len(cards), _COLUMNS):
        row = cards[start : start + _COLUMNS]
        for column, card in zip(st.columns(_COLUMNS, gap="small"), row, strict=False):
            with column:
                card()


def _card(view: View, kept: Subset, name: str, part: str) -> None:
    found = exporter(name)
    chosen = part if found.part == "kept" else found.part
    able = chosen != "both" or found.both
    note = ""
    if not able:
        note = " Kept or dropped samples, **not both**."
    elif problem := found.problem(view.run):
        able, note = False, f" {for_markdown(problem[:1].upper() + problem[1:])}"
    elif chosen != part:
        note = " Always all samples."
    _download(
        found.title or name,
        for_markdown(f"{found.description}.") + note,
        lambda: encode_subset(view.run, kept, name, part=chosen),
        file_name(view.run.name, kept.recipe, name, part if chosen == part else "kept"),
        mime=found.media_type,
        key=f"download-{name}",
        disabled=not able,
    )


def _recipe(view: View, kept: Subset) -> None:
    samples = view.candidates  # as they are now, not when somebody clicks
    _download(
        "Recipe",
        "All that rebuilds this very subset elsewhere or later, or says what differs, with the "
        "command below.",
        lambda: _as_json(view, kept, samples),
        recipe_name(view, kept),
        mime="application/json",
        key="download-recipe",
    )


def recipe_name(view: View, kept: Subset) -> str:
    """Return the name of the recipe's file."""
    return f"{stem(view.run.name, kept.recipe)}.recipe.json"


def _as_json(view: View, kept: Subset, samples: Candidates) -> bytes:
    record = recipe_record(view.run, samples, kept)
    return json.dumps(record, indent=1, ensure_ascii=False).encode()


def _download(
    title: str,
    text: str,
    data: Callable[[], bytes],
    name: str,
    *,
    mime: str,
    key: str,
    disabled: bool = False,
) -> None:
    with st.container(border=True, height="stretch", vertical_alignment="distribute", gap="small"):
        with st.container(gap="xsmall"):
            st.markdown(f"**{title}**")
            st.caption(text)
        st.download_button(
            "Download",
            data=data,
            file_name=name,
            mime=mime,
            key=key,
            icon=":material/download:",
            on_click="ignore",
            disabled=disabled,
            width="stretch",
        )
