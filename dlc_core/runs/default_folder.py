"""Where runs are kept unless a person says otherwise."""

from __future__ import annotations

import os
from pathlib import Path


def default_runs_folder() -> Path:
    """Return `$DLC_RUNS`, else the user's data directory."""
    chosen = os.environ.get("DLC_RUNS")
    if chosen:
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("dlc-dashboard", appauthor=False) / "runs"
