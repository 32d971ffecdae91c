"""The order of a strategy that takes long: how long, what a run keeps of orders, the job for one.

The job is the command that a person could type, `dlc prune … --save-order`. What it writes stays in
the run, so that another ratio, balance or minimum that follows from the same order is quick.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path

from dlc_core import jobs
from dlc_core.atomic_files import remove_leftovers
from dlc_core.errors import DLCError, refused
from dlc_core.recipes import Recipe, prune_arguments
from dlc_core.recipes.order_file import Order, order_digest, reaches, read_order
from dlc_core.recipes.subset import prepared
from dlc_core.runs import Run
from dlc_core.selection import strategy
from dlc_core.selection.candidates import Candidates

FOLDER = Path("subsets", ".orders")  # in the run
MOST = 8  # orders kept in a run
_one_start = threading.Lock()


@dataclass(frozen=True)
class OrderJob:
    """An order that is to be computed.

    Attributes:
        file: where it goes; the key of the job.
        digest: what the order must be of.
        arguments: of `dlc`.
    """

    file: Path
    digest: str
    arguments: tuple[str, ...]


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


def kept_order(run: Run, samples: Candidates, recipe: Recipe) -> Order | None:
    """Return an order that the run keeps and that goes as far as the recipe; None if none does."""
    digest = order_digest(run, samples, recipe)
    for file in (run.path / FOLDER).glob(f"{digest}*.npz"):
        order = read_order(file)
        if order and order.digest == digest and reaches(run, samples, recipe, order):
            return order
    return None


def order_job(run: Run, samples: Candidates, recipe: Recipe) -> OrderJob:
    """Return the job that computes what a recipe needs; the same need gives the same file."""
    digest = order_digest(run, samples, recipe)
    asked = ""
    if strategy(recipe.strategy).greedy:  # it goes only as far as the budget
        arranged, _ = prepared(run, samples, recipe)
        totals = arranged.totals(recipe.keep_ratio).astype("<i8")
        asked = f"-{hashlib.blake2b(totals.tobytes(), digest_size=6).hexdigest()}"
    file = run.path / FOLDER / f"{digest}{asked}.npz"
    words = ("prune", str(run.path), *prune_arguments(recipe), "--save-order", str(file))
    return OrderJob(file, digest, words)


def start(job: OrderJob) -> bool:
    """Start a job; return whether it was not running already.

    Raises:
        DLCError: if the run's folder cannot be written.
    """
    folder = job.file.parent
    with _one_start:
        now = jobs.job_of(job.file)
        if now is not None and now.state == "running":
            return False
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            tidy(folder)
            jobs.forget(job.file)
            jobs.start(list(job.arguments), run=job.file)
        except OSError as error:
            raise DLCError(refused(folder, error)) from error
    return True


def tidy(folder: Path) -> None:
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
