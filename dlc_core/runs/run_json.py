"""run.json as readers take it: of a format that is known, whole, and what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dlc_core.atomic_files import read_json
from dlc_core.digests import record_digest
from dlc_core.errors import DLCError

FORMAT = 1

# What readers rely on; a run that is not done may lack counts and timings inside their objects.
_REQUIRED = (
    ("status",),
    ("dataset", "name"),
    ("dataset", "root"),
    ("dataset", "split"),
    ("dataset", "classes"),
    ("dataset", "fingerprint"),
    ("backbone", "name"),
    ("backbone", "weights"),
    ("backbone", "digest"),
    ("backbone", "preprocess"),
    ("masking", "masks"),
    ("masking", "interval"),
    ("masking", "method"),
    ("masking", "seed"),
    ("masking", "mask_ratio"),
    ("profile",),
    ("precision",),
    ("device",),
    ("counts",),
    ("timings",),
)

# What else is looked into where it is there.
_KINDS: dict[str, type] = {
    "warnings": list,
    "projection": dict,
    "estimate": dict,
    "versions": dict,
    "request": dict,
    "added": dict,
    "error": str,
    "created": str,
}


def _lacks(info: dict[str, Any], key: tuple[str, ...]) -> bool:
    value: Any = info
    for name in key:
        if not isinstance(value, dict) or name not in value:
            return True
        value = value[name]
    return key in (("counts",), ("timings",)) and not isinstance(value, dict)


def _proven(info: dict[str, Any]) -> bool:
    try:
        return info.get("digest") == record_digest(info)
    except (ValueError, RecursionError):  # NaN, or nested too deeply: no program of ours wrote it
        return False


def checked_record(file: Path) -> dict[str, Any]:
    """Return the content of a run.json.

    Raises:
        DLCError: if it is of a newer format, or damaged.
    """
    info = read_json(file)
    if info is None or not isinstance(info.get("format"), int):
        raise DLCError(f"{file} is damaged: expected a JSON object with a whole-number format.")
    if info["format"] > FORMAT:
        raise DLCError(
            f"{file.parent} has run format {info['format']}, this version reads up to {FORMAT}; "
            "update dlc-dashboard (pip install -U)."
        )
    if ("digest" in info or "files" in info) and not _proven(info):
        raise DLCError(
            f"{file} is damaged: it is not what was written, by its own digest; score again."
        )
    known = {name: info[name] for name in _KINDS if info.get(name) is not None}
    odd = [name for name, value in known.items() if not isinstance(value, _KINDS[name])]
    if odd or not all(isinstance(one, dict) for one in known.get("warnings", ())):
        raise DLCError(
            f"{file} is damaged: its {(odd or ['warnings'])[0]} is of another kind than is "
            "written; score again."
        )
    missing = [".".join(key) for key in _REQUIRED if _lacks(info, key)]
    if missing:
        raise DLCError(f"{file} is damaged: it lacks {missing[0]}; score again.")
    return info
