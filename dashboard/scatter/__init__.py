"""The map: a scatter of up to a million points, drawn by WebGL2 in the browser."""

from dashboard.scatter.component import Scale, Swatches, scatter

__all__ = ["Scale", "Swatches", "scatter"]
