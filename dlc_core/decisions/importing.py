"""Decisions that were made in another run of the same data, taken over by path."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dlc_core.data_files import read_data
from dlc_core.data_roots import OutsideRoots
from dlc_core.decisions.event import EXCLUDE, FIELDS, PIN, UNSET, VERDICTS, Value, fault_of
from dlc_core.decisions.history import touched
from dlc_core.decisions.log import Log
from dlc_core.decisions.writing import Values, record_all
from dlc_core.errors import DLCError
from dlc_core.runs import Run

_BY = "import"
_NAMES = {code: name for name, code in VERDICTS.items()}
# verdict, relabel, note; None = nothing was decided of it
Said = tuple[str | None, str | None, str | None]


@dataclass(frozen=True)
class Imported:
    """What came of an import.

    Attributes:
        samples: on how many something was decided anew.
        unknown: paths of the file that the run does not have.
    """

    samples: int
    unknown: int


@dataclass(frozen=True)
class Offered:
    """What decisions from elsewhere say of a run's samples.

    Attributes:
        said: id -> (verdict, relabel, note), at least one of them.
        unknown: how many samples they name that the run does not have.
    """

    said: Mapping[int, Said]
    unknown: int

    @cached_property
    def counts(self) -> Counter[str]:
        """How many samples would be "pin", "exclude", "relabel", "note"."""
        found: Counter[str] = Counter()
        for verdict, relabel, note in self.said.values():
            found.update([verdict] if verdict else [])
            found.update(["relabel"] if relabel is not None else [])
            found.update(["note"] if note is not None else [])
        return found


def offered(run: Run, decisions: Any) -> Offered:
    """Return what the `decisions` of a recipe, or of `dlc decisions --json`, say of a run.

    Raises:
        DLCError: if they are neither, or say something that cannot be decided.
    """
    ids = dict(zip(run.samples["path"], run.samples["id"].tolist(), strict=True))
    said: dict[int, Said] = {}
    unknown: set[str] = set()
    for name, values in _said(decisions):
        if values == (None, None, None):
            continue
        if name in ids:
            said[ids[name]] = values
        else:
            unknown.add(name)
    return Offered(said, len(unknown))


def offered_by_log(run: Run, log: Log) -> Offered:
    """Return what stands after all events of a log that may be another run's.

    A log knows ids only: they mean the same samples in runs of the same listing of files.
    """
    ids = run.samples["id"].to_numpy()
    state = log.state(ids)
    rows = state.decided.nonzero()[0].tolist()
    said: dict[int, Said] = {}
    for row in rows:
        identity = int(ids[row])
        verdict = _NAMES.get(int(state.verdict[row]))
        said[identity] = (verdict, state.relabelled.get(identity), state.notes.get(identity))
    everywhere = log.state(touched(log.events))
    elsewhere = everywhere.ids[everywhere.decided]
    return Offered(said, int(np.count_nonzero(~np.isin(elsewhere, ids))))


def take_over(run: Run, found: Offered, *, by: str = _BY) -> list[str]:
    """Decide it, all or nothing; one act for all samples of which the same is said.

    Returns:
        The ids of the acts.

    Raises:
        DLCError: if the log cannot be written; it then is as before.
    """
    acts: dict[Values, list[int]] = defaultdict(list)
    for identity, said in found.said.items():
        verdict, relabel, note = (UNSET if value is None else value for value in said)
        acts[verdict, relabel, note].append(identity)
    return record_all(run.path, acts, by=by)


def import_decisions(run: Run, file: str | Path) -> Imported:
    """Decide in a run what a file says; later decisions override earlier ones, undo works.

    Args:
        run: the run.
        file: what `dlc decisions --json` has printed, or a recipe file.

    Raises:
        DLCError: if the file is neither, or says something that cannot be decided.
    """
    path = Path(file).expanduser()
    try:
        value = json.loads(read_data(path))
        decisions = value["decisions"]
    except FileNotFoundError as error:
        raise DLCError(f"no such file: {path}; expected decisions of dlc.") from error
    except OutsideRoots:
        raise
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DLCError(
            f"{path} holds no decisions; expected what dlc decisions --json prints, or a recipe."
        ) from error
    try:
        found = offered(run, decisions)
    except DLCError as error:
        raise DLCError(f"{path} {error}") from error
    take_over(run, found)
    return Imported(len(found.said), found.unknown)


def _said(decisions: Any) -> Iterator[tuple[str, Said]]:
    try:
        pairs = _of_recipe(decisions) if isinstance(decisions, dict) else _listed(decisions)
        for name, said in pairs:
            given: list[Value] = [UNSET if value is None else value for value in said]
            fault = fault_of(*given) if any(value is not UNSET for value in given) else ""
            if fault:
                raise DLCError(f"says of {name!r:.80} what cannot be decided: {fault}")
            yield name, said
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, DLCError):
            raise
        raise DLCError(
            "holds no decisions; expected what dlc decisions --json prints, or a recipe."
        ) from error


def _of_recipe(decisions: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
    verdicts = dict.fromkeys(_paths(decisions["pinned"]), _NAMES[PIN])
    verdicts |= dict.fromkeys(_paths(decisions["excluded"]), _NAMES[EXCLUDE])
    relabels = dict(decisions["relabelled"])
    for name in dict.fromkeys([*verdicts, *_paths(list(relabels))]):
        yield name, (verdicts.get(name), relabels.get(name), None)


def _listed(decisions: Any) -> Iterator[tuple[str, Said]]:
    for decision in decisions:
        (name,) = _paths([decision["path"]])
        verdict, relabel, note = (decision[field] for field in FIELDS)
        yield name, (verdict, relabel, note)


def _paths(values: Any) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError("expected a list of paths")
    return values
