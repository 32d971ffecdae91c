"""Of which versions this program and what draws its subsets are."""

from __future__ import annotations

import platform
from importlib import metadata

__version__ = "0.1.0"
_DISTRIBUTION = "dlc-dashboard"


def versions() -> dict[str, str]:
    """Return the versions of what draws a subset."""
    import numpy as np

    try:
        own = metadata.version(_DISTRIBUTION)
    except metadata.PackageNotFoundError:
        own = "unknown"
    return {"dlc": own, "python": platform.python_version(), "numpy": np.__version__}
