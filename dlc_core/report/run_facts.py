"""What a report says of the run: dataset, backbone, masks, dates, versions, cautions."""

from __future__ import annotations

import platform
from datetime import datetime
from typing import Any

from dlc_core.report.literal_text import literal
from dlc_core.runs import Run
from dlc_core.scoring.objectives.registry import OBJECTIVES
from dlc_core.scoring.settings import PROFILES
from dlc_core.versions import __version__

_DATE = "%-d %B %Y, %H:%M"


def facts(run: Run) -> list[tuple[str, str]]:
    """Return what was scored and how, name and value of each.

    The places of dataset and run on this machine are left out: a report is sent to others.
    """
    info = run.info
    dataset, backbone, masking = info["dataset"], info["backbone"], info["masking"]
    score, profile = str(info.get("score", "dlc")), str(info["profile"])
    split = f", split {dataset['split']}" if dataset["split"] else ""
    found = [
        ("Dataset", f"{dataset['name']}{split}"),
        ("Fingerprint", dataset["fingerprint"]),
        ("Backbone", f"{backbone['name']}, weights {backbone['weights'] or 'unknown'}"),
        ("Digest of the weights", backbone["digest"]),
        ("Preprocessing", _preprocessing(backbone["preprocess"])),
        ("Score", _described(score, {name: one.description for name, one in OBJECTIVES.items()})),
        ("Profile", _described(profile, PROFILES)),
        ("Masks", _masks(masking)),
        ("Nearest-centroid accuracy", _percent(info.get("nearest_centroid_accuracy"))),
        ("… each sample left out", _percent(info.get("held_out_accuracy"))),
        ("Device", f"{info['device']}, {info['precision']}"),
        ("Scored", when(str(info.get("created", "")))),
    ]
    return [(name, literal(value)) for name, value in found if value]


def cautions(run: Run) -> list[str]:
    """Return what makes the scores doubtful, in sentences."""
    partial = run.partial
    found = [f"{partial[0].upper()}{partial[1:]}."] if partial else []
    return [literal(text, 1000) for text in [*found, *run.warnings] if text]


def versions(run: Run) -> list[tuple[str, str]]:
    """Return the versions of this program now, and of what scored the run."""
    scored = run.info.get("versions")
    listed = scored.items() if isinstance(scored, dict) else ()
    return [
        ("dlc, this report", f"{__version__} on Python {platform.python_version()}"),
        ("run format", literal(run.info["format"])),
        *((f"{literal(name, 40)}, when scored", literal(value, 60)) for name, value in listed),
    ]


def when(text: str) -> str:
    """Return a moment of run.json as people write it; as it is, if it is none."""
    try:
        return dated(datetime.fromisoformat(text))
    except ValueError:
        return text


def dated(moment: datetime) -> str:
    """Return a moment such as "3 May 2026, 14:05 UTC"."""
    return f"{moment.strftime(_DATE)} {moment.tzname() or ''}".strip()


def _described(name: str, choices: dict[str, str]) -> str:
    return f"{name} – {choices[name]}" if name in choices else name


def _preprocessing(values: Any) -> str:
    if not isinstance(values, dict):
        return ""
    return ", ".join(f"{name} {values[name]}" for name in ("resize", "crop") if values.get(name))


def _masks(masking: dict[str, Any]) -> str:
    masks, ratios = masking["masks"], masking["mask_ratio"]
    length = masking.get("length", masks)
    words = f"{masks}" if length == masks else f"{masks} of a schedule of {length}"
    words += f", interval {masking['interval']}, {masking['method']}"
    if isinstance(ratios, list) and ratios and isinstance(ratios[-1], float | int):
        words += f", up to {100 * ratios[-1]:.1f} % of the weights masked"
    return words


def _percent(value: Any) -> str:
    return f"{100 * value:.1f} %" if isinstance(value, float | int) else ""
