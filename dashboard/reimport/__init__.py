"""Bringing back in the browser what was taken away: a recipe, decisions, a subset."""

from dashboard.reimport.panel import bring_back

__all__ = ["bring_back"]
