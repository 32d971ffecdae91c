from __future__ import annotations

from tests.made_up_cells import made_up

__all__ = ["made_up"]
