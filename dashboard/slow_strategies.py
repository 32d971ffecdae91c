"""Subsets by strategies that look at features: at once where that is quick, else by a job.

One place on a page (the present recipe, the one beside it) waits for one job of
dlc_core/jobs/choosing_order.py.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard.decision_buttons import tab
from dashboard.view_cache import BY_STAMP
from dlc_core import jobs
from dlc_core.analysis.run_view import View
from dlc_core.decisions import read_log
from dlc_core.errors import DLCError
from dlc_core.jobs import choosing_order
from dlc_core.jobs.choosing_order import OrderJob, expected_seconds, kept_order, order_job
from dlc_core.recipes import Recipe, Subset, subset_of
from dlc_core.recipes.order_file import read_order
from dlc_core.recipes.subset import prepared
from dlc_core.selection.candidates import Candidates

QUICK = 1.0  # seconds that a page may take
REST = 0.6  # seconds that a recipe stands before a job is started: a slider is still moving
PRESENT, BESIDE = "present", "beside"  # places
_SLOTS = "choosing"
_LOOKS = 3.0  # seconds since its last look after which a tab waits no more
_looked: dict[
    tuple[Path, str], float
] = {}  # what is waited for, and the tab -> when it last looked


class StillChoosingError(DLCError):
    """The subset is not there yet; `wanted` tells how far it is."""

    def __init__(self, wanted: Wanted) -> None:
        """Say it in one sentence, for whoever shows errors only."""
        super().__init__("the subset is still being chosen; wait for it on the Prune page.")
        self.wanted = wanted


@dataclass
class Wanted:
    """What one place of one tab waits for.

    Attributes:
        job: that computes it.
        strategy: its name.
        samples: how many it chooses among.
        place: PRESENT or BESIDE.
        since: when it was asked for, of the monotonic clock.
        started: whether this tab has started the job.
        stopped: whether a person has cancelled it.
    """

    job: OrderJob
    strategy: str
    samples: int
    place: str
    since: float
    started: bool = False
    stopped: bool = False


def chosen(view: View, samples: Candidates, recipe: Recipe, *, place: str) -> Subset:
    """Return what a strategy that looks at features keeps.

    Args:
        view: the run.
        samples: its candidates, as the recipe orders them.
        recipe: how to choose.
        place: PRESENT or BESIDE; what it waited for before is cancelled.

    Raises:
        StillChoosingError: if that takes long and has not been done.
        DLCError: if the run lacks what the recipe needs.
    """
    arranged, _ = prepared(view.run, samples, recipe)
    if expected_seconds(arranged, recipe) <= QUICK:
        release(place)
        values = tuple((k, str(v)) for k, v in recipe.as_dict().items())
        return _at_once(view, samples, recipe, values, read_log(view.run.path).version)
    order = kept_order(view.run, samples, recipe)
    if order is not None:
        release(place)
        return subset_of(view.run, samples, recipe, turns=order.turns)
    job = order_job(view.run, samples, recipe)
    slots = _slots()
    if place not in slots or slots[place].job.file != job.file:
        release(place)
        now = time.monotonic()
        slots[place] = Wanted(job, recipe.strategy, arranged.eligible, place, since=now)
    raise StillChoosingError(slots[place])


@st.cache_resource(
    max_entries=16, show_spinner="Choosing by features …", show_time=True, hash_funcs=BY_STAMP
)
def _at_once(
    view: View,
    _samples: Candidates,  # told apart by the run, the decisions and the recipe
    _recipe: Recipe,
    values: tuple[tuple[str, str], ...],  # noqa: ARG001
    version: tuple[int, ...],  # noqa: ARG001
) -> Subset:
    return subset_of(view.run, _samples, _recipe)


def _slots() -> dict[str, Wanted]:
    slots: dict[str, Wanted] = st.session_state.setdefault(_SLOTS, {})
    return slots


def wanted(place: str) -> Wanted | None:
    """Return what a place waits for, if it does."""
    return _slots().get(place)


def release(place: str) -> None:
    """Wait for nothing any more; a job of this tab that nobody else waits for is cancelled."""
    slots = _slots()
    old = slots.pop(place, None)
    if old is None:
        return
    _looked.pop((old.job.file, tab()), None)
    if any(other.job.file == old.job.file for other in slots.values()) or not old.started:
        return
    now = time.monotonic()
    file = old.job.file
    if not any(one == file and now - at < _LOOKS for (one, _), at in list(_looked.items())):
        jobs.cancel(file)


def look(item: Wanted) -> tuple[str, str]:
    """Return how far it is, and starts its job when it is time.

    Returns:
        "waiting", "running", "done", "stopped" or "failed", and why it failed or "".
    """
    now = time.monotonic()
    _looked[item.job.file, tab()] = now
    for key, at in list(_looked.items()):
        if now - at > _LOOKS:
            _looked.pop(key, None)
    if item.stopped:
        return "stopped", ""
    job = jobs.job_of(item.job.file)
    if job is not None and job.state == "running":
        return "running", ""
    order = read_order(item.job.file)
    if order is not None and order.digest == item.job.digest:
        return "done", ""
    if job is not None and item.started:
        if order is not None:
            return "failed", "decisions or scores changed while it was chosen; choose again."
        return "failed", job.message or "the choice was stopped; choose again."
    if now - item.since >= REST:
        try:
            start(item)
        except DLCError as error:
            return "failed", str(error)
        return "running", ""
    return "waiting", ""


def start(item: Wanted) -> None:
    """Start the job, unless another tab just has.

    Raises:
        DLCError: if the run's folder cannot be written.
    """
    if choosing_order.start(item.job):
        item.started = True


def cancel(item: Wanted) -> None:
    """Stop the job, as a person wants."""
    item.stopped = True
    jobs.cancel(item.job.file)


def again(item: Wanted) -> None:
    """Choose after all, at once."""
    item.stopped = item.started = False
    item.since = time.monotonic() - REST
