"""What was chosen lately: kept beside the runs, offered to fill the form again."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.escaping import visible_name
from dashboard.scoring.source_names import BUNDLED, FOLDER, NAME
from dashboard.server_settings import runs_folder
from dlc_core.atomic_files import write_json
from dlc_core.errors import DLCError
from dlc_core.scoring.request import ScoreRequest

_FILE = ".recent.json"
_MOST = 8
_LONGEST = 1000  # characters of a value


def remember(request: ScoreRequest) -> None:
    """Put a request first; the oldest give way. A disk that is full loses nothing but this."""
    values = [one.options() for one in (request, *(one for one in recent() if one != request))]
    file = runs_folder() / _FILE
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_json(file, {"recent": values[:_MOST]})
        file.chmod(0o600)


def recent() -> list[ScoreRequest]:
    """Return what was chosen lately, the last first; what is damaged is passed over."""
    try:
        value = json.loads((runs_folder() / _FILE).read_text(encoding="utf-8"))
        listed = value["recent"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    found = [_request(one) for one in listed[:_MOST]] if isinstance(listed, list) else []
    return [one for one in found if one is not None]


def _request(value: Any) -> ScoreRequest | None:
    if not isinstance(value, dict) or any(len(str(one)) > _LONGEST for one in value.values()):
        return None
    try:
        return ScoreRequest.of({key: one for key, one in value.items() if one != ""})
    except DLCError:
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


def _words(request: ScoreRequest) -> str:
    name = Path(request.dataset.rstrip("/")).name or request.dataset
    split = f" ({request.read.split})" if request.read.split else ""
    return visible_name(f"{name}{split} with {request.backbone}, {request.profile}")


def _fill() -> None:
    """Write a recent request into the controls' state, before they are drawn."""
    from dlc_core.datasets import find_source

    choices, place, state = recent(), st.session_state.get("recent"), st.session_state
    if not isinstance(place, int) or place >= len(choices):
        return
    request = choices[place]
    source = FOLDER
    with contextlib.suppress(DLCError):  # of a plug-in that is broken by now
        found = find_source(request.dataset)
        source = BUNDLED if found.reader.bundled else NAME if found.path is None else FOLDER
    state["source"] = source
    state["folder" if source == FOLDER else "by-name"] = request.dataset
    state["split-name"] = request.read.split
    state[f"backbone-{source}"] = request.backbone
    state["weights"], state["download"] = request.weights or "", request.download
    state["download-data"] = request.read.download and source == NAME
    state["form-profile"], state["form-score"] = request.profile, request.score
    state["masks"], state["limit"] = request.masks, request.limit
    state["clusters"], state["image-root"] = request.read.clusters, request.read.image_root or ""
