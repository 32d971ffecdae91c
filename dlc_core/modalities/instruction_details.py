"""What a dry look tells of instruction records: layouts, turns, lengths, faults, one rendered."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from dlc_core.datasets.instructions.alpaca_template import Part, alpaca_parts
from dlc_core.modalities.base import Details

if TYPE_CHECKING:
    from dlc_core.datasets import Dataset, Fault

_MOST = 10  # layouts, sources, reasons that are told
_EXAMPLES = 3  # faults of a reason that are named
_QUANTILES = {"least": 0.0, "5 %": 0.05, "median": 0.5, "95 %": 0.95, "most": 1.0}
_LETTERS = 4000  # of a rendered part
_LINES = 40  # of a rendered record


def instruction_details(dataset: Dataset) -> Details:
    """Return what is in a dataset of records.

    Args:
        dataset: from the reader of records.
    """
    layouts = Counter(dataset.columns["layout"].tolist())
    sources = Counter(one or "" for one in dataset.columns["source"].tolist())
    turns = Counter(dataset.columns["turns"].tolist())
    copies = sum("~" in key for key in dataset.columns["key"].tolist())
    lengths = {
        name: _quantiles(dataset.columns[f"{name}_characters"]) for name in ("prompt", "response")
    }
    reasons = _by_reason(dataset.faults)
    read: Any = dataset.read
    record = read(dataset.samples[0])
    parts = [Part(text[:_LETTERS], scored) for text, scored in alpaca_parts(record)]
    lines = [
        f"layouts: {_counts(layouts)}",
        f"turns: {_counts(turns)}",
        *([f"sources: {_counts(sources)}"] if set(sources) != {""} else []),
        *(f"characters of the {name}: {_listed(values)}" for name, values in lengths.items()),
        *([f"exact copies of earlier records: {copies:,}"] if copies else []),
        *([f"faults: {len(dataset.faults):,}"] if reasons else []),
        *_fault_lines(reasons),
        f"{dataset.samples[0].path} in the alpaca template; what is scored stands behind >",
        *_rendered(parts),
        "note: lengths are characters; tokens depend on the language model",
    ]
    return Details(
        {
            "layouts": dict(layouts.most_common()),
            "turns": {str(name): count for name, count in sorted(turns.items())},
            "sources": dict(sources.most_common(100)),
            "copies": copies,
            "characters": lengths,
            "faults": [
                {
                    "reason": reason,
                    "count": len(faults),
                    "first": [list(one) for one in faults[:20]],
                }
                for reason, faults in reasons
            ],
            "rendered": {
                "path": record.raw.file.name + f"#{record.raw.row}",
                "template": "alpaca",
                "parts": [one._asdict() for one in parts],
            },
        },
        tuple(lines),
    )


def _quantiles(values: Any) -> dict[str, int]:
    found = np.quantile(np.asarray(values), list(_QUANTILES.values()), method="nearest")
    return dict(zip(_QUANTILES, map(int, found), strict=True))


def _counts(found: Counter[Any]) -> str:
    some = ", ".join(f"{name or 'none'} {count:,}" for name, count in found.most_common(_MOST))
    return some + (f" and {len(found) - _MOST:,} more" if len(found) > _MOST else "")


def _listed(values: dict[str, int]) -> str:
    return ", ".join(f"{name} {value:,}" for name, value in values.items())


def _by_reason(faults: tuple[Fault, ...]) -> list[tuple[str, list[Fault]]]:
    """Return the reasons, the most frequent first, with their faults; the line is no reason."""
    found = defaultdict(list)
    for fault in faults:
        found[fault.error.rpartition(" (line ")[0] or fault.error].append(fault)
    return sorted(found.items(), key=lambda item: -len(item[1]))


def _fault_lines(reasons: list[tuple[str, list[Fault]]]) -> list[str]:
    lines = []
    for reason, faults in reasons[:_MOST]:
        some = ", ".join(
            fault.path + fault.error.removeprefix(reason) for fault in faults[:_EXAMPLES]
        )
        more = " …" if len(faults) > _EXAMPLES else ""
        lines.append(f"fault: {reason}: {len(faults):,} ({some}{more})")
    if len(reasons) > _MOST:
        lines.append(f"faults of {len(reasons) - _MOST:,} further reasons are in --json")
    return lines


def _rendered(parts: list[Part]) -> list[str]:
    """Return the lines of a rendered record, each with its mark; a part begins its own line."""
    lines = [
        f"  {'>' if scored else '|'} {line}"
        for text, scored in parts
        for line in text.removesuffix("\n").split("\n")
        if text.strip("\n") or scored
    ]
    cut = [f"  … {len(lines) - _LINES:,} more lines"] if len(lines) > _LINES else []
    return lines[:_LINES] + cut
