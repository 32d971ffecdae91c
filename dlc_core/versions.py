"""The versions of what draws a subset."""

from __future__ import annotations

import platform
from importlib import metadata

import numpy as np

_DISTRIBUTION = "dlc-dashboard"


def versions() -> dict[str, str]:
    """Return the versions of this package, Python and NumPy."""
    try:
        own = metadata.version(_DISTRIBUTION)
    except metadata.PackageNotFoundError:
        own = "unknown"
    return {"dlc": own, "python": platform.python_version(), "numpy": np.__version__}
