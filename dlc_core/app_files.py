"""Where the files that are not Python modules of this package lie."""

from __future__ import annotations

from pathlib import Path


def app_folder() -> Path:
    """Return the folder that holds app.py, pages and assets.

    In a wheel they travel inside the package, in a checkout they lie beside it.
    """
    package = Path(__file__).resolve().parent
    inside = package / "_app"
    return inside if inside.is_dir() else package.parent


def asset(name: str) -> Path:
    """Return the path of one file in assets/."""
    return app_folder() / "assets" / name
