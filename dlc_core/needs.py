"""What an entry of a registry cannot work without, and what a run lacks of it, in one sentence.

It stands above runs, datasets and modalities, which it asks, and below all registries: those of
strategies and exporters only name their needs, and whoever offers an entry for a run asks here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from dlc_core.data_roots import is_allowed
from dlc_core.errors import DLCError
from dlc_core.modalities.registry import modality_of
from dlc_core.runs import Run


@dataclass(frozen=True)
class Need:
    """One thing that an entry of a registry may need.

    Attributes:
        words: what it is, for a sentence.
        met: whether a run has it, found out without reading much.
        otherwise: half a sentence on what to do without it.
    """

    words: str
    met: Callable[[Run], bool]
    otherwise: str


class Needing(Protocol):
    """An entry of a registry, such as a score, an issue, a strategy, an exporter, a page."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of NEEDS."""


Entry = TypeVar("Entry", bound=Needing)


def _gives(run: Run, what: str) -> bool:
    try:
        return what in modality_of(run.info["dataset"]).gives
    except DLCError:  # of a package that is not installed
        return False


def _classes(run: Run) -> bool:
    ids = run.samples["class_id"]
    return len(ids) > 0 and ids.min() != ids.max()


def _there(run: Run, *names: str) -> bool:
    return all((run.path / name).is_file() for name in names)


def _files(run: Run) -> bool:
    """Whether the data that was scored is where it was; what may not be read says so itself."""
    from dlc_core.datasets.registry import find_source
    from dlc_core.datasets.reopen import has_files, source_of

    known = run.info["dataset"]
    source = source_of(known)
    if has_files(known):
        place = str(known.get("root") or "")
    elif not source:
        return False  # given from Python
    else:
        path = find_source(source).path
        place = "" if path is None else str(path)
    if not place or any(letter in place for letter in "*?[{:"):  # a pattern, or an address
        return True
    return not is_allowed(place) or _exists(place)


def _exists(place: str) -> bool:
    try:
        return Path(place).expanduser().exists()
    except (OSError, RuntimeError, ValueError):
        return False


NEEDS: dict[str, Need] = {
    "classes": Need(
        "samples of at least two classes",
        _classes,
        "score data of more classes",
    ),
    "labels": Need(
        "labels that were given, not found by clusters",
        lambda run: run.info["dataset"].get("labels") != "clusters",
        "score data with labels",
    ),
    "features": Need(
        "features (features.npy)", lambda run: _there(run, "features.npy"), "score the data again"
    ),
    "images": Need("samples that are images", lambda run: _gives(run, "images"), "score images"),
    "thumbnails": Need(
        "thumbnails",
        lambda run: _there(run, "thumbnails.bin", "thumbnails.npy"),
        "score the data again",
    ),
    "files": Need("the data that was scored", _files, "bring it back to where it was"),
    "text": Need("samples that are text", lambda run: _gives(run, "text"), "score text"),
}


def lacking(run: Run, needs: Sequence[str]) -> str:
    """Return what a run lacks, such as "samples of at least two classes"; "" if nothing.

    Args:
        run: a run with scores.
        needs: keys of NEEDS.
    """
    return " and ".join(NEEDS[name].words for name in needs if not NEEDS[name].met(run))


def lack(run: Run, what: str, needs: Sequence[str], *, instead: str = "") -> str:
    """Return one sentence on what a run lacks for something, and what to do; "" if nothing.

    Args:
        run: a run with scores.
        what: needs it, such as "the score 'probe'".
        needs: keys of NEEDS.
        instead: half a sentence on what to do; "" = what the first need that is not met says.
    """
    missing = [NEEDS[name] for name in needs if not NEEDS[name].met(run)]
    if not missing:
        return ""
    words = " and ".join(need.words for need in missing)
    way = instead or missing[0].otherwise
    return f"{what} needs {words}, which {run.path} lacks; {way}."


def require(run: Run, what: str, needs: Sequence[str], *, instead: str = "") -> None:
    """Refuse what cannot work on a run.

    Args: as `lack`.

    Raises:
        DLCError: with the sentence of `lack`.
    """
    if sentence := lack(run, what, needs, instead=instead):
        raise DLCError(sentence)


def offered(run: Run, entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """Return the entries of a registry that can work on a run."""
    return {name: entry for name, entry in entries.items() if not lacking(run, entry.needs)}
