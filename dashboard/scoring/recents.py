"""What was chosen lately: kept beside the runs, offered to fill the form again."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.escaping import visible_name
from dashboard.launch import Choice
from dashboard.scoring.source_names import BUNDLED, FOLDER, NAME
from dashboard.server_settings import runs_folder
from dlc_core.atomic_files import write_json
from dlc_core.errors import DLCError

_FILE = ".recent.json"
_MOST = 8
_LONGEST = 1000  # characters of a value


def remember(choice: Choice) -> None:
    """Put a choice first; the oldest give way. A disk that is full loses nothing but this."""
    values = [asdict(choice), *(asdict(one) for one in recent() if one != choice)]
    file = runs_folder() / _FILE
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_json(file, {"recent": values[:_MOST]})
        file.chmod(0o600)


def recent() -> list[Choice]:
    """Return what was chosen lately, the last first; what is damaged is passed over."""
    try:
        value = json.loads((runs_folder() / _FILE).read_text(encoding="utf-8"))
        listed = value["recent"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    found = [_choice(one) for one in listed[:_MOST]] if isinstance(listed, list) else []
    return [one for one in found if one is not None]


def _choice(value: Any) -> Choice | None:
    if not isinstance(value, dict):
        return None
    known = {field.name: field.type for field in fields(Choice)}
    values = {name: one for name, one in value.items() if name in known}
    for name, one in values.items():
        wanted = known[name]
        kinds: Any = (bool,) if wanted == "bool" else (int,) if "int" in wanted else (str,)
        none = one is None and "None" in wanted
        if not none and (not isinstance(one, kinds) or len(str(one)) > _LONGEST):
            return None
    try:
        return Choice(**values)
    except TypeError:
        return None


def recent_part() -> None:
    """Offer what was chosen lately, if there is any; choosing fills the form."""
    choices = recent()
    if choices:
        st.selectbox(
            "Recent",
            range(len(choices)),
            index=None,
            format_func=lambda place: _words(choices[place]) if place < len(choices) else "",
            placeholder="fill the form as before",
            key="recent",
            on_change=_fill,
        )


def _words(choice: Choice) -> str:
    name = Path(choice.dataset.rstrip("/")).name or choice.dataset
    split = f" ({choice.split})" if choice.split else ""
    return visible_name(f"{name}{split} with {choice.backbone}, {choice.profile}")


def _fill() -> None:
    """Write a recent choice into the controls' state, before they are drawn."""
    from dlc_core.datasets import find_source

    choices, place, state = recent(), st.session_state.get("recent"), st.session_state
    if not isinstance(place, int) or place >= len(choices):
        return
    choice = choices[place]
    bundled = choice.dataset == "digits"
    source = BUNDLED if bundled else FOLDER
    with contextlib.suppress(DLCError):  # of a plug-in that is broken by now
        if not bundled and find_source(choice.dataset).path is None:
            source = NAME
    state["source"] = source
    state["folder" if source == FOLDER else "by-name"] = choice.dataset
    state["split-name"] = choice.split
    state[f"backbone-{source}"] = choice.backbone
    state["weights"], state["download"] = choice.weights, choice.download
    state["download-data"] = choice.download_data and source == NAME
    state["form-profile"], state["form-score"] = choice.profile, choice.score
    state["masks"], state["limit"] = choice.masks, choice.limit
    state["clusters"], state["image-root"] = choice.clusters, choice.image_root or ""
