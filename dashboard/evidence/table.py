"""The findings as a table to read, and as files to take away."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.escaping import visible_name
from dlc_core.analysis.run_view import View
from dlc_core.evidence import Finding
from dlc_core.evidence.arm_names import title
from dlc_core.evidence.live_record import Reading
from dlc_core.evidence.words import advice, cheapest_words, verdict


def draw_table(reading: Reading) -> None:
    """Show the findings, a row each."""
    found = reading.found
    percent = st.column_config.NumberColumn
    st.dataframe(
        pd.DataFrame([_row(one, reading) for one in found]),
        hide_index=True,
        placeholder="",
        height=min(36 + 35 * len(found), 420),
        column_config={
            "kept": percent(
                format="%.4g %%", help="Share of the whole run that is kept, as Prune keeps it."
            ),
            "accuracy": percent(format="%.1f %%"),
            "macro-F1": percent(format="%.1f %%"),
            "worst class": percent(format="%.1f %%", help="Recall of the class that does worst."),
            "to random": percent(format="%+.1f", help="Points of accuracy against random."),
            "from": percent(format="%+.1f", help="Lower end of the 95 % interval."),
            "to": percent(format="%+.1f", help="Upper end of the 95 % interval."),
            "to all": percent(
                format="%+.1f", help="Points of accuracy against all that is not held out."
            ),
        },
    )


def _row(one: Finding, reading: Reading) -> dict[str, object]:
    gap, full = one.to_random, one.to_full
    return {
        "kept": 100 * one.keep_ratio,
        "strategy": title(one.arm),
        "accuracy": 100 * one.accuracy,
        "to random": None if gap is None else 100 * gap.mean,
        "from": None if gap is None else 100 * gap.low,
        "to": None if gap is None else 100 * gap.high,
        "verdict": verdict(one),
        "chosen": ", ".join(f"{title(arm)} ×{count}" for arm, count in one.chosen),
        "macro-F1": 100 * one.macro_f1,
        "worst class": 100 * one.worst_class,
        "to all": None if full is None else 100 * full.mean,
        "samples": round(one.kept),
        "seeds": reading.seeds.get((one.keep_ratio, one.arm), 0),
        "name": one.arm,
    }


def downloads(view: View, reading: Reading) -> None:
    """Offer the findings as CSV and JSON."""
    name = f"{visible_name(view.run.name)}-evidence"
    with st.container(horizontal=True):
        st.download_button(
            "CSV", lambda: as_csv(reading.found), f"{name}.csv", "text/csv",
            key="evidence-csv", icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "JSON", lambda: as_json(reading), f"{name}.json", "application/json",
            key="evidence-json", icon=":material/download:", on_click="ignore",
        )  # fmt: skip


def as_json(reading: Reading) -> bytes:
    """Return settings, findings and advice, as `dlc evidence --out` writes them."""
    ratios = dict.fromkeys(one.keep_ratio for one in reading.found if one.keep_ratio < 1)
    value = {
        "settings": dict(reading.settings),
        "findings": [one.as_dict() for one in reading.found],
        "advice": [str(advice(reading.found, ratio) or "") for ratio in ratios],
        "cheapest": cheapest_words(reading.found),
    }
    return json.dumps(value, indent=1).encode()


def as_csv(found: Sequence[Finding]) -> bytes:
    """Return a row for each finding, as `dlc evidence --out` writes them."""
    flat = []
    for one in found:
        values = one.as_dict()
        row = {k: v for k, v in values.items() if not isinstance(v, (dict, list, tuple))}
        for name in ("to_random", "to_full"):
            row |= {f"{name}_{key}": value for key, value in (values[name] or {}).items()}
        row["chosen"] = "; ".join(f"{arm} x{count}" for arm, count in one.chosen)
        flat.append(row)
    return bytes(pd.DataFrame(flat).to_csv(index=False).encode())
