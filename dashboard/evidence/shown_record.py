"""Which record the page shows, and what it says where there is none or an old one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.evidence.form import EvidenceRequest
from dashboard.evidence.looking import looking
from dlc_core.analysis.run_view import View
from dlc_core.evidence.live_record import Reading, reading_of
from dlc_core.evidence.validity import (
    JudgedOn,
    held_out_of,
    holds,
    is_of_smaller_subsets,
    recorded,
    usual,
)
from dlc_core.jobs.measuring import measuring_of

_NOTHING = (
    "**Nothing is measured yet.** Press *Measure*: a first answer comes within seconds, and the "
    "intervals narrow as more seeds are measured. You can leave the page, cancel, and go on later; "
    "what is measured stays in the run.\n\n"
    "For each seed, a part of every class is held out. Each strategy chooses a subset of the rest, "
    "random chooses one of the same size, a linear probe learns from each, and the held-out "
    "samples, which no choice has seen, say which was better: by how much, and whether that is "
    "more than noise."
)


def first_choice(view: View) -> JudgedOn:
    """Return what the newest evidence of the run was judged on, for the form to begin with."""
    for _, settings in recorded(view.run.path):
        from_file = settings.get("grouped") and not settings.get("group_column")
        if is_probe(settings) and not from_file:
            return held_out_of(settings)
    return usual(view)


def shown(view: View, asked: EvidenceRequest) -> Path | None:
    """Return the folder of the record to show, with a note on it if it is not what is asked for.

    That is the one of the form's choice, as soon as it is begun; else the newest of the probe's.
    """
    work = measuring_of(view.run.path)
    if work is not None and work.state == "running":
        return work.folder
    if asked.folder is not None and reading_of(asked.folder) is not None:
        return asked.folder
    known = [(f, s) for f, s in recorded(view.run.path) if is_probe(s)]
    newest = next(((f, s) for f, s in known if reading_of(f) is not None), None)
    if newest is None:
        if asked.trial is not None:
            st.info(_NOTHING, icon=":material/science:")
        else:
            st.warning(for_markdown(asked.problem), icon=":material/warning:")
        return None
    folder, settings = newest
    with looking():
        fits = holds(view, folder, settings)
    _note(fits, settings)
    return folder


def _note(fits: bool | None, settings: dict[str, object]) -> None:
    words = for_markdown(held_out_of(settings).words)
    if is_of_smaller_subsets(settings):
        st.warning(
            "**Of smaller subsets than it names.** An older version measured this: its shares are "
            "of what a split left, not of the whole run, as Prune keeps them. Measure again.",
            icon=":material/history:",
        )
    elif fits:
        st.info(
            f"Shown is what was measured on {words}. With the choice at the side nothing is "
            "measured yet.",
            icon=":material/info:",
        )
    elif fits is None:
        grouped = " with groups held apart" if settings.get("grouped") else ""
        st.info(
            f"Shown is what was measured{grouped} from the command line, judged on {words}. "
            "Whether the run has changed since cannot be told here.",
            icon=":material/info:",
        )
    else:
        st.warning(
            "**Out of date.** Scores or decisions of this run have changed since this was "
            "measured: it holds for the run as it was. Measure again to know how it is now.",
            icon=":material/history:",
        )


def others(view: View, probe: Reading) -> list[Reading]:
    """Return the newest record of each other method, such as fine-tuning."""
    found: dict[str, Reading] = {}
    for folder, settings in recorded(view.run.path):
        if is_probe(settings) or settings.get("format") != probe.settings.get("format"):
            continue  # the shares of another format are of other subsets
        reading = reading_of(folder)
        if reading is not None and reading.method != probe.method:
            found.setdefault(reading.method, reading)
    return list(found.values())


def is_probe(settings: Mapping[str, object]) -> bool:
    """Whether a record's settings are those of the linear probe."""
    method = settings.get("method")
    return isinstance(method, dict) and method.get("name") == "probe"
