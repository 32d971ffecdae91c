"""Where runs, and data sets that were fetched, are kept unless a person says otherwise."""

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


def fetched_data_folder() -> Path:
    """Return where torchvision keeps what it downloads: $DLC_DATASETS, else the user's cache."""
    chosen = os.environ.get("DLC_DATASETS")
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("dlc-dashboard") / "datasets"
