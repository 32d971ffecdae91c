"""From the Score page's choices to the command that is started."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from dashboard.server_settings import require_readable, require_readable_model
from dlc_core import jobs
from dlc_core.backbones import find_loader, model_path
from dlc_core.data_roots import require_programs
from dlc_core.datasets import Asked, find_source
from dlc_core.datasets.remote_address import address_of
from dlc_core.datasets.table_reading import TABLE_SUFFIXES
from dlc_core.errors import DLCError


@dataclass(frozen=True)
class Choice:
    """What the Score page's controls say; the fields are `dlc score`'s options.

    Its one --download stands for two here: weights, and data.
    """

    dataset: str
    backbone: str
    split: str | None = None
    weights: str = ""
    download: bool = False
    download_data: bool = False
    profile: str = "fast"
    score: str = "dlc"
    masks: int | None = None
    limit: int | None = None
    image_column: str | None = None
    label_column: str | None = None
    split_column: str | None = None
    group_column: str | None = None
    image_root: str | None = None
    clusters: int | None = None


def run_name(choice: Choice, runs: Path) -> str:
    """Return a name for a new run that is not taken yet."""
    folder = Path(choice.dataset.strip().rpartition(":")[2] or "run")
    name = folder.stem if folder.suffix in (*TABLE_SUFFIXES, ".npz", ".tar") else folder.name
    of_what = f"{folder.parent.name}-{name}" if name == "train" else name
    base = re.sub(r"[^\w.-]+", "-", f"{of_what}-{choice.backbone}").strip("-.") or "run"
    return free_name(base, runs)


def free_name(base: str, runs: Path) -> str:
    """Return a name for a new run: this one, or with a number if it is taken."""
    name, number = base, 2
    while (runs / name).exists() or (runs / ".jobs" / name).exists():
        name, number = f"{base}-{number}", number + 1
    return name


def arguments(choice: Choice, run: Path) -> list[str]:
    """Return the arguments of `dlc` that do what was chosen."""
    words = ["score", _dataset(choice.dataset), "--out", str(run), "--backbone", choice.backbone]
    for option, value in (
        ("--profile", choice.profile),
        ("--masks", choice.masks),
        ("--score", choice.score if choice.score != "dlc" else None),
        *_reading(choice),
        ("--weights", _path(choice.weights)),
        ("--limit", choice.limit),
    ):
        if value:
            words += [option, str(value)]
    return [*words, "--download"] if choice.download or choice.download_data else words


def look_arguments(choice: Choice) -> list[str]:
    """Return the arguments of `dlc` that look at the chosen data."""
    words = ["look", _dataset(choice.dataset)]
    for option, value in _reading(choice):
        if value:
            words += [option, str(value)]
    return [*words, "--download"] if choice.download_data else words


def _reading(choice: Choice) -> list[tuple[str, object]]:
    """Return the options that say how the data is read."""
    names = ("image_column", "label_column", "split_column", "group_column", "clusters")
    found: list[tuple[str, object]] = [("--split", choice.split)]
    found += [(f"--{name.replace('_', '-')}", getattr(choice, name)) for name in names]
    return [*found, ("--image-root", _path(choice.image_root or ""))]


def _dataset(typed: str) -> str:
    """Return what was typed, a path in it in full where it may be read."""
    try:
        source = find_source(typed.strip())
    except DLCError:
        return typed.strip()
    return typed.strip() if source.path is None else source.prefix + _path(source.text)


def _path(typed: str) -> str:
    """Return a typed path in full where it may be read; else as it stands, to be refused later."""
    if not typed.strip():
        return ""
    try:
        return str(require_readable(typed))
    except DLCError:
        return typed.strip()


def start(choice: Choice, name: str, runs: Path) -> None:
    """Check what is quick to check, then start the job.

    Raises:
        DLCError: if the name cannot be a directory's, is taken, or the data may not be read.
    """
    require_data(choice)
    start_command(arguments(choice, runs / name), name, runs)


def start_command(words: list[str], name: str, runs: Path) -> None:
    """Start a command that makes a run of this name.

    Raises:
        DLCError: if the name cannot be a directory's, or is taken.
    """
    if not re.fullmatch(r"\w[\w.-]{0,99}", name):
        raise DLCError(
            f"a run's name must be letters, digits, '-', '_' and '.', at most 100, got {name!r}."
        )
    run = runs / name
    job = jobs.job_of(run)
    if run.exists() or (job is not None and job.state == "running"):
        raise DLCError(f"there is a run named {name!r} already; choose another name.")
    jobs.start(words, run=run)


def require_data(choice: Choice) -> None:
    """Refuse data, weights and backbones that lie where this dashboard may not read.

    Raises:
        DLCError: naming the first.
    """
    if (choice.image_root or "").strip():
        require_readable(str(choice.image_root))
    if choice.weights.strip():
        require_readable_model(choice.weights)
    loader, rest, _ = find_loader(choice.backbone)
    if loader.program:
        require_programs()
    if model_path(loader, rest) is not None:
        require_readable_model(rest)
    if not choice.dataset.strip():
        require_readable("")
    source = find_source(choice.dataset.strip())
    if source.path is not None:
        require_readable(source.text)
    elif source.name == "remote":
        address_of(source.text, Asked(download=choice.download_data))


def estimated(choice: Choice, runs: Path) -> str:
    """Return what the scoring would take, in words; takes seconds.

    Raises:
        DLCError: if the data may not be read, or the scoring could not be done.
    """
    require_data(choice)
    words = jobs.ask([*arguments(choice, runs / "estimate"), "--dry-run"])
    return words[:1].upper() + words[1:] + "."
