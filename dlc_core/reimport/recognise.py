"""What a file is that somebody brings back: a recipe, decisions or a subset, told by its content.

The file is a stranger's: nothing in it is believed before it is checked, nothing is unpickled, and
reading takes bounded time and memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dlc_core.datasets.csv_dialect import encoding_of
from dlc_core.decisions import Offered, log_in, offered, offered_by_log
from dlc_core.errors import DLCError
from dlc_core.plurals import counted
from dlc_core.recipes import Rebuilt, rebuild
from dlc_core.recipes.rebuild import checked
from dlc_core.reimport.json_text import json_lines, json_value
from dlc_core.reimport.recipe_values import plain_record
from dlc_core.reimport.subset_file import (
    Named,
    named_in_csv,
    named_in_npy,
    named_in_parquet,
    named_in_rows,
)
from dlc_core.runs import Run

MOST_BYTES = 64_000_000
_EXPECTED = "expected a recipe, decisions or a subset made by dlc"
_PICKLE = "a pickle, which could run code when it is read; save it as .npy or CSV instead"
_CONTAINERS = {
    b"PK\x03\x04": "a ZIP archive (or a NumPy .npz); unpack it first",
    b"\x1f\x8b": "compressed by gzip; unpack it first",
    **{bytes((0x80, protocol)): _PICKLE for protocol in range(2, 6)},
}


@dataclass(frozen=True)
class Brought:
    """What was found in a file: a record and its decisions, decisions alone, or named samples.

    Attributes:
        what: in words, such as "a recipe" or "a subset (CSV)".
        record: of a recipe, its parts checked, or None.
        rebuilt: what came of the record, or None.
        decisions: that a recipe or a list of decisions would set, or None.
        named: the samples that a subset names, or None.
        by_id: whether its samples could be found by their numbers only.
    """

    what: str
    record: dict[str, Any] | None = None
    rebuilt: Rebuilt | None = None
    decisions: Offered | None = None
    named: Named | None = None
    by_id: bool = False


def recognised(run: Run, data: bytes) -> Brought:
    """Return what a file holds for a run.

    Args:
        run: that it is brought back to.
        data: the whole file.

    Raises:
        DLCError: one sentence, if it is nothing that can be used, or of nothing in this run.
    """
    if len(data) > MOST_BYTES:
        raise DLCError(f"it is larger than {MOST_BYTES // 1_000_000} MB; use the command line.")
    if not data.strip():
        raise DLCError(f"it is empty; {_EXPECTED}.")
    for start, what in _CONTAINERS.items():
        if data.startswith(start):
            raise DLCError(f"it is {what}.")
    if data.startswith(b"PAR1"):
        return _subset("Parquet", named_in_parquet(run, data))
    if data.startswith(b"\x93NUMPY"):
        return _subset("NumPy", named_in_npy(run, data))
    text = _text(data)
    if text[:1] not in "{[":
        return _subset("CSV", named_in_csv(run, text))
    value = json_value(text)
    if value is None:
        return _of_lines(run, text)
    return _of_json(run, value)


def _text(data: bytes) -> str:
    try:
        text = data.decode(encoding_of(data)).lstrip()
    except UnicodeError as error:
        raise DLCError(f"it is neither text nor a format that dlc writes; {_EXPECTED}.") from error
    if "\0" in text:
        raise DLCError(f"it holds NUL characters, so it is no text; {_EXPECTED}.")
    if not text:
        raise DLCError(f"it is empty; {_EXPECTED}.")
    return text


def _of_json(run: Run, value: Any) -> Brought:
    if isinstance(value, list):
        return _subset("JSON", named_in_rows(run, value))
    if "samples" in value:
        fiftyone = "tags" in value and "loader" in value
        return _subset("FiftyOne" if fiftyone else "JSON", named_in_rows(run, value["samples"]))
    if "subset" in value and "recipe" in value:
        return _of_record(run, checked(value, "it"))
    if "decisions" in value:
        return _decisions(_said(run, value["decisions"]))
    if "id" in value or "path" in value or "event" in value:  # JSON lines, of one line
        return _of_rows(run, [value])
    raise DLCError(f"it is JSON, but of another kind; {_EXPECTED}.")


def _of_lines(run: Run, text: str) -> Brought:
    return _of_rows(run, json_lines(text))


def _of_rows(run: Run, rows: list[Any]) -> Brought:
    if isinstance(rows[0], dict) and "event" in rows[0]:
        return _of_log(run, rows)
    return _subset("JSON lines", named_in_rows(run, rows))


def _of_log(run: Run, rows: list[Any]) -> Brought:
    import json

    # As a log writes them: its sums are of these bytes.
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    log = log_in("\n".join(lines).encode("utf-8", "surrogatepass"))
    if log.damaged:
        raise DLCError(
            f"its line {log.damaged[0]:,} is not what was written, so what was decided there is "
            "not known; bring another copy."
        )
    if log.unreadable == len(rows):
        raise DLCError("no line of it is a decision that can be read; was it damaged?")
    return _decisions(offered_by_log(run, log), by_id=True)


def _decisions(found: Offered, *, by_id: bool = False) -> Brought:
    if not found.said:
        named = counted(found.unknown, "sample")
        missing = f": it names {named} that the run lacks" if found.unknown else ""
        raise DLCError(f"it decides nothing about samples of this run{missing}.")
    return Brought("decisions", decisions=found, by_id=by_id)


def _said(run: Run, decisions: Any) -> Offered:
    try:
        return offered(run, decisions)
    except DLCError as error:
        raise DLCError(f"it {error}") from error


def _of_record(run: Run, value: dict[str, Any]) -> Brought:
    record = plain_record(value)
    found = _said(run, record["decisions"])
    return Brought("a recipe", record=record, rebuilt=rebuild(run, record), decisions=found)


def _subset(format_name: str, named: Named) -> Brought:
    return Brought(f"a subset ({format_name})", named=named, by_id=not named.by_path)
