"""Subsets by strategies that look at features: at once where that is quick, else by a job.

The job is the command that a person could type, `dlc prune … --save-order`. What it writes stays in
the run, so that another ratio, balance or minimum that follows from the same order is quick, and so
is coming back. One place on a page (the present recipe, the one beside it) waits for one job.
"""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard.decision_buttons import tab
from dashboard.view import BY_STAMP
from dlc_core import jobs
from dlc_core.analysis.run_view import View
from dlc_core.atomic_files import remove_leftovers
from dlc_core.decisions import read_log
from dlc_core.errors import DLCError, refused
from dlc_core.recipes import Recipe, Subset, prune_arguments, subset_of
from dlc_core.recipes.order_file import order_digest, reaches, read_order
from dlc_core.recipes.subset import prepared
from dlc_core.selection import strategy
from dlc_core.selection.candidates import Candidates

FOLDER = Path("subsets", ".orders")  # in the run
MOST = 8  # orders kept in a run
QUICK = 1.0  # seconds that a page may take
REST = 0.6  # seconds that a recipe stands before a job is started: a slider is still moving
PRESENT, BESIDE = "present", "beside"  # places
_SLOTS = "choosing"
_LOOKS = 3.0  # seconds since its last look after which a tab waits no more
_one_start = threading.Lock()
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
        file: of the order, and the key of the job.
        digest: what the order must be of.
        arguments: of the job.
        strategy: its name.
        samples: how many it chooses among.
        place: PRESENT or BESIDE.
        since: when it was asked for, of the monotonic clock.
        started: whether this tab has started the job.
        stopped: whether a person has cancelled it.
    """

    file: Path
    digest: str
    arguments: list[str]
    strategy: str
    samples: int
    place: str
    since: float
    started: bool = False
    stopped: bool = False


def expected_seconds(samples: Candidates, recipe: Recipe) -> float:
    """Return about how long the slowest strategy takes for prepared candidates on one core.

    Fitted to ZCore (medians of C D axes, distances of 10 n_c^2 pairs) and DBP (k-means of n_c / 20
    clusters in D dimensions) at 1,800 to 20,000 samples of 1 to 100 classes, D = 512. A whole
    number above its default (draws, clusters) is taken to cost in proportion.
    """
    more = 1.0
    for one in strategy(recipe.strategy).parameters:
        if one.whole and one.default > 0:
            more *= max(1.0, recipe.parameters[one.name] / one.default)
    classes, width = len(samples.classes), int(samples.features.shape[1])
    pairs = float((samples.counts.astype(float) ** 2).sum())
    return more * (2.5e-5 * classes * width + pairs * (7e-8 + 2e-10 * width))


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
    folder = view.run.path / FOLDER
    digest = order_digest(view.run, samples, recipe)
    for file in folder.glob(f"{digest}*.npz"):
        order = read_order(file)
        known = order is not None and order.digest == digest
        if order and known and reaches(view.run, samples, recipe, order):
            release(place)
            return subset_of(view.run, samples, recipe, turns=order.turns)
    asked = _budget(arranged, recipe) if strategy(recipe.strategy).greedy else ""
    file = folder / f"{digest}{asked}.npz"
    slots = _slots()
    if place not in slots or slots[place].file != file:
        release(place)
        words = ["prune", str(view.run.path), *prune_arguments(recipe), "--save-order", str(file)]
        now = time.monotonic()
        slots[place] = Wanted(
            file, digest, words, recipe.strategy, arranged.eligible, place, since=now
        )
    raise StillChoosingError(slots[place])


def _budget(samples: Candidates, recipe: Recipe) -> str:
    totals = samples.totals(recipe.keep_ratio).astype("<i8")
    return f"-{hashlib.blake2b(totals.tobytes(), digest_size=6).hexdigest()}"


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
    _looked.pop((old.file, tab()), None)
    if any(other.file == old.file for other in slots.values()) or not old.started:
        return
    now = time.monotonic()
    if not any(file == old.file and now - at < _LOOKS for (file, _), at in list(_looked.items())):
        jobs.cancel(old.file)


def look(item: Wanted) -> tuple[str, str]:
    """Return how far it is, and starts its job when it is time.

    Returns:
        "waiting", "running", "done", "stopped" or "failed", and why it failed or "".
    """
    now = time.monotonic()
    _looked[item.file, tab()] = now
    for key, at in list(_looked.items()):
        if now - at > _LOOKS:
            _looked.pop(key, None)
    if item.stopped:
        return "stopped", ""
    job = jobs.job_of(item.file)
    if job is not None and job.state == "running":
        return "running", ""
    order = read_order(item.file)
    if order is not None and order.digest == item.digest:
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
    folder = item.file.parent
    with _one_start:
        job = jobs.job_of(item.file)
        if job is not None and job.state == "running":
            return
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _tidy(folder)
            jobs.forget(item.file)
            jobs.start(item.arguments, run=item.file)
        except OSError as error:
            raise DLCError(refused(folder, error)) from error
        item.started = True


def _tidy(folder: Path) -> None:
    """Leave the newest orders and the newest jobs' records."""
    files = sorted(folder.glob("*.npz"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    for file in files[MOST - 1 :]:
        file.unlink(missing_ok=True)
    known = jobs.jobs_in(folder)
    for job in known[MOST - 1 :]:
        if job.state != "running":
            jobs.forget(job.run)
    if not any(job.state == "running" for job in known):
        remove_leftovers(folder)


def cancel(item: Wanted) -> None:
    """Stop the job, as a person wants."""
    item.stopped = True
    jobs.cancel(item.file)


def again(item: Wanted) -> None:
    """Choose after all, at once."""
    item.stopped = item.started = False
    item.since = time.monotonic() - REST
