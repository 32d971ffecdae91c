from __future__ import annotations

from tests.pets import images, run, scored

__all__ = ["images", "run", "scored"]
