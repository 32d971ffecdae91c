from __future__ import annotations

from tests.made_up_cells import made_up
from tests.pets import images, run, scored

__all__ = ["images", "made_up", "run", "scored"]
