"""What `dlc evidence` tells of what it has found: lines, an object, a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from dlc_core.evidence import Finding, Record, Room, Trial
    from dlc_core.runs import Run


def asked_for(found: list[Finding], trial: Trial) -> list[Finding]:
    """Return the findings on what was asked for; a record may hold more."""
    wanted = {(arm, ratio) for arm, ratio, _ in trial.order()}
    return [one for one in found if (one.arm, one.keep_ratio) in wanted]


def tell(found: list[Finding], room: Room) -> None:
    """Print the findings, and what to do."""
    from dlc_core.evidence.words import advice, cheapest_words, describe, many, shares_words

    print("  kept  strategy                accuracy   to random, 95 %")
    for one in found:
        print(describe(one))
    print(shares_words(room))
    print()
    for ratio in dict.fromkeys(one.keep_ratio for one in found if one.keep_ratio < 1):
        print(advice(found, ratio) or "")
    print(cheapest_words(found))
    if words := many(found):
        print(words)


def as_record(scored: Run, record: Record, found: list[Finding], folder: Path) -> dict[str, Any]:
    """Return the findings for --json."""
    from dlc_core.evidence.words import advice, cheapest_words

    ratios = dict.fromkeys(one.keep_ratio for one in found if one.keep_ratio < 1)
    return {
        "run": str(scored.path),
        "folder": str(folder),
        "settings": dict(record.settings),
        "findings": [one.as_dict() for one in found],
        "advice": [str(advice(found, ratio) or "") for ratio in ratios],
        "cheapest": cheapest_words(found),
    }


def encoded(out: Path, value: dict[str, Any]) -> bytes:
    """Return the findings as the bytes of a .json or .csv file."""
    import pandas as pd

    if out.suffix == ".json":
        return json.dumps(value, indent=1).encode()
    flat = [
        {
            **{k: v for k, v in one.items() if not isinstance(v, (dict, list))},
            **{f"{name}_{k}": v for name in ("to_random", "to_full")
               for k, v in (one[name] or {}).items()},
            "chosen": "; ".join(f"{arm} x{count}" for arm, count in one["chosen"]),
        }
        for one in value["findings"]
    ]  # fmt: skip
    return pd.DataFrame(flat).to_csv(index=False).encode()
