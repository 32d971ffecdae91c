"""The form: what is measured, on what it is judged, and about how long that takes."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.escaping import for_markdown, visible_name
from dashboard.evidence.looking import looking
from dashboard.rerun import draw_anew
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.evidence import Room, Trial
from dlc_core.evidence.arm_names import explained, in_plain_words, offered, title, usual
from dlc_core.evidence.compatible_runs import fitting_runs
from dlc_core.evidence.live_record import reading_of
from dlc_core.evidence.time_estimate import seconds
from dlc_core.evidence.trial import RATIOS, SEEDS
from dlc_core.evidence.validity import JudgedOn, room_for, wanted_folder
from dlc_core.jobs import measuring
from dlc_core.plurals import counted
from dlc_core.recipes import Recipe
from dlc_core.records.progress import duration
from dlc_core.runs.group_column import group_column_of

_A_PART = ""  # of the choice of what is held out
_USUALLY_LEFT = 0.7  # of a run whose own part is held out; more fits where another run judges
_MOST_SEEDS = 100
_STAYS: dict[str, Any] = {"persist_state": "session"}


@dataclass(frozen=True)
class EvidenceRequest:
    """What the form says.

    Attributes:
        folder: of the record that holds it, or will.
        held: what it is judged on.
        trial: what is measured; None if nothing can be.
        problem: why not, or "".
        room: what the splits leave of the run; there is one where there is a trial.
    """

    folder: Path | None
    held: JudgedOn
    trial: Trial | None
    problem: str = ""
    room: Room | None = None


def ask(view: View, recipe: Recipe, before: JudgedOn) -> EvidenceRequest:
    """Show the form; return what it says.

    Args:
        view: of the run.
        recipe: as it stands on the Prune page.
        before: what the newest evidence of the run was judged on.
    """
    st.markdown("**What to measure**")
    names = _arms(recipe)
    ratios = _ratios(recipe)
    seeds = st.number_input(
        "Seeds", 2, _MOST_SEEDS, SEEDS, key="evidence-seeds",
        help="How many splits and draws. More seeds make the intervals narrower, down to what the "
        "held-out samples allow.",
        **_STAYS,
    )  # fmt: skip
    held = _held_out(view, before)
    try:
        trial = Trial.of(tuple(names), tuple(ratios), int(seeds))
        with looking():
            folder = wanted_folder(view, held)
            room = room_for(view, held, int(seeds))
        trial = trial.within(room)
    except DLCError as error:
        return EvidenceRequest(None, held, None, str(error))
    return EvidenceRequest(folder, held, trial, room=room)


def _arms(recipe: Recipe) -> list[str]:
    names = offered(recipe)
    chosen = st.multiselect(
        "Strategies, each against random",
        names,
        usual(recipe),
        key="evidence-arms",
        format_func=title,
        wrap=True,
        help="Random (the same share of each class) is always measured, too. The first is what the "
        "Prune page has now."
        + "".join(f"\n- **{title(name)}**: {explained(name)}" for name in names),
        **_STAYS,
    )
    typed = st.text_input(
        "Others", key="evidence-typed", placeholder="flexrand:0.3, trimmed:0.6@probe",
        help="strategy[:settings][@score], with commas between; settings are the split (a number "
        "or auto) or key=value, with + between, such as ccs:cut=0.2+bins=20. @probe "
        "orders by how wrong the probe is on a sample that it did not see.",
        **_STAYS,
    )  # fmt: skip
    return [*chosen, *(part.strip() for part in typed.split(",") if part.strip())]


def _ratios(recipe: Recipe) -> list[float]:
    present = [recipe.keep_ratio] if recipe.keep_ratio < 1 else []
    chosen = st.pills(
        "Kept",
        sorted({*RATIOS, *present}),
        selection_mode="multi",
        default=sorted({*(ratio for ratio in RATIOS if ratio <= _USUALLY_LEFT), *present}),
        key="evidence-ratios",
        format_func=lambda ratio: f"{100 * ratio:g} %",
        help="How much of the run is kept, as on the Prune page. All that is not held out is "
        "always measured, too.",
        wrap=True,
        **_STAYS,
    )
    return [float(ratio) for ratio in chosen]


def _held_out(view: View, before: JudgedOn) -> JudgedOn:
    names = [_A_PART, *fitting_runs(view)]
    name = st.selectbox(
        "Judged on",
        names,
        names.index(before.run) if before.run in names else 0,
        key=f"evidence-held-{view.run.name}",
        format_func=lambda name: visible_name(name) or "a held-out part of this run",
        help="Either a part of this run, another for each seed, that no choice ever sees; or "
        "another run, such as the test split, scored with the same backbone.",
        **_STAYS,
    )
    if name:
        return JudgedOn(str(name))
    groups = _groups(view, before)
    share = st.slider(
        "Held out of each class", 5, 60, round(100 * before.share), step=5, format="%d %%",
        key=f"evidence-share-{view.run.name}", **_STAYS,
    )  # fmt: skip
    return JudgedOn(share=share / 100, groups=groups)


def _groups(view: View, before: JudgedOn) -> str:
    """Ask which samples belong together; nothing where the data has no columns."""
    names = list(view.columns)
    if not names:
        return ""
    own = group_column_of(view.run)
    if own is not None and own not in names:
        names.append(own)
    offered = ["", *names]
    chosen = st.selectbox(
        "Kept together",
        offered,
        offered.index(before.groups) if before.groups in offered else 0,
        key=f"evidence-groups-{view.run.name}",
        format_func=lambda name: visible_name(name) or "nothing: each sample alone",
        help="Samples with the same value of this column of the data (a patient, a product) never "
        "stand on both sides: otherwise the probe is judged on what it has seen.",
        **_STAYS,
    )
    return str(chosen or "")


def measure_button(view: View, asked: EvidenceRequest) -> None:
    """Say what the measuring takes, and offer to begin it; show the command."""
    if asked.trial is None or asked.folder is None or asked.room is None:
        st.info(for_markdown(asked.problem), icon=":material/info:")
        return
    reading = reading_of(asked.folder)
    keys = asked.trial.order()
    left = len(keys) if reading is None else sum(key not in reading.done for key in keys)
    now = measuring.measuring_of(view.run.path)
    busy = now is not None and now.state == "running"
    if left:
        took = duration(
            max(5.0, seconds(asked.trial, reading, room=asked.room, classes=len(view.present)))
        )
        part = f"{left:,} of " if left < len(keys) else ""
        more = counted(len(keys), "training")
        st.caption(f"{part}{more} of the probe, about {took}.")
    else:
        st.caption("All of this is measured.")
    if said := asked.trial.left_out_words(asked.room):
        st.caption(for_markdown(in_plain_words(said)))
    arguments = measuring.command(view.run, asked.trial, asked.held)
    if st.button(
        "Measure" if left in (0, len(keys)) else "Measure the rest",
        key="measure",
        type="primary",
        icon=":material/science:",
        disabled=busy or not left,
        help="One is measured at a time." if busy else None,
        width="stretch",
    ):
        try:
            measuring.start(view.run.path, asked.folder, arguments)
        except DLCError as error:
            st.error(for_markdown(str(error)), icon=":material/error:")
        else:
            draw_anew()
    with st.expander("On the command line", icon=":material/terminal:"):
        st.code(shlex.join(["dlc", *arguments]), language="bash", wrap_lines=True)
        st.caption(
            "There also: --groups FILE, so that samples that belong together (a patient, a "
            "product) never stand on both sides."
        )
