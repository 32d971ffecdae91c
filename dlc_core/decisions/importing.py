"""Decisions that were made in another run of the same data, taken over by path."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlc_core.decisions.event import EXCLUDE, PIN, UNSET, VERDICTS
from dlc_core.decisions.writing import record
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
        value = json.loads(path.read_bytes())
        found = dict(_said(value["decisions"]))
    except FileNotFoundError as error:
        raise DLCError(f"no such file: {path}; expected decisions of dlc.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DLCError(
            f"{path} holds no decisions; expected what dlc decisions --json prints, or a recipe."
        ) from error
    ids = dict(zip(run.samples["path"], run.samples["id"].tolist(), strict=True))
    acts: dict[Said, list[int]] = defaultdict(list)
    for name, said in found.items():
        if name in ids and said != (None, None, None):
            acts[said].append(ids[name])
    for (verdict, relabel, note), samples in acts.items():
        record(
            run.path, samples, by=_BY,
            verdict=UNSET if verdict is None else verdict,
            relabel=UNSET if relabel is None else relabel,
            note=UNSET if note is None else note,
        )  # fmt: skip
    return Imported(sum(map(len, acts.values())), sum(name not in ids for name in found))


def _said(decisions: Any) -> Iterator[tuple[str, Said]]:
    if isinstance(decisions, dict):  # of a recipe
        verdicts = dict.fromkeys(decisions["pinned"], _NAMES[PIN])
        verdicts |= dict.fromkeys(decisions["excluded"], _NAMES[EXCLUDE])
        relabels = dict(decisions["relabelled"])
        for name in dict.fromkeys([*verdicts, *relabels]):
            yield str(name), (verdicts.get(name), relabels.get(name), None)
        return
    for decision in decisions:
        yield (
            str(decision["path"]),
            (decision["verdict"], decision["relabel"], decision["note"]),
        )
