"""What the Score page asks for, held against what this dashboard may read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dashboard.server_settings import require_readable, require_readable_model
from dlc_core.backbones import find_loader, model_path
from dlc_core.data_roots import require_programs
from dlc_core.datasets import find_source
from dlc_core.errors import DLCError
from dlc_core.jobs import ask
from dlc_core.jobs.new_run import start_run
from dlc_core.scoring.request import ScoreRequest


def in_full(request: ScoreRequest) -> ScoreRequest:
    """Return a request with its paths in full where they may be read.

    Others stay as they were typed, to be refused later.
    """
    read = replace(request.read, image_root=_path(request.read.image_root or "") or None)
    return replace(
        request,
        dataset=_dataset(request.dataset),
        weights=_path(request.weights or "") or None,
        read=read,
    )


def _dataset(typed: str) -> str:
    try:
        source = find_source(typed.strip())
    except DLCError:
        return typed.strip()
    return typed.strip() if source.path is None else source.prefix + _path(source.text)


def _path(typed: str) -> str:
    if not typed.strip():
        return ""
    try:
        return str(require_readable(typed))
    except DLCError:
        return typed.strip()


def arguments(request: ScoreRequest, run: Path) -> list[str]:
    """Return the arguments of `dlc` that do what is asked."""
    return in_full(request).arguments(str(run))


def look_arguments(request: ScoreRequest) -> list[str]:
    """Return the arguments of `dlc` that look at the data."""
    return in_full(request).look_arguments()


def start(request: ScoreRequest, name: str, runs: Path) -> None:
    """Check what is quick to check, then start the job.

    Raises:
        DLCError: if the name cannot be a directory's, is taken, or the data may not be read.
    """
    require_data(request)
    start_run(arguments(request, runs / name), name, runs)


def require_data(request: ScoreRequest) -> None:
    """Refuse data, weights and backbones that lie where this dashboard may not read.

    Raises:
        DLCError: naming the first.
    """
    if (request.read.image_root or "").strip():
        require_readable(str(request.read.image_root))
    if (request.weights or "").strip():
        require_readable_model(str(request.weights))
    loader, rest, _ = find_loader(request.backbone)
    if loader.program:
        require_programs()
    if model_path(loader, rest) is not None:
        require_readable_model(rest)
    if not request.dataset.strip():
        require_readable("")
    source = find_source(request.dataset.strip())
    if source.path is not None:
        require_readable(source.text)
    source.reader.check(source.text, request.read)


def estimated(request: ScoreRequest, runs: Path) -> str:
    """Return what the scoring would take, in words; takes seconds.

    Raises:
        DLCError: if the data may not be read, or the scoring could not be done.
    """
    require_data(request)
    words = ask([*arguments(request, runs / "estimate"), "--dry-run"])
    return words[:1].upper() + words[1:] + "."
