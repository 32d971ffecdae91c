"""A picture that can be enlarged."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_HTML = (
    "<div class='frame' tabindex='0' role='group' aria-label='Picture, plus and minus zoom'>"
    "<img alt=''></div>"
)
_CSS = """
.frame { width: 100%; height: 42vh; min-height: 260px; overflow: hidden; border-radius: 8px; cursor: zoom-in;
  background: color-mix(in srgb, var(--st-text-color) 8%, transparent); touch-action: none; }
.frame:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
img { width: 100%; height: 100%; object-fit: contain; display: block; user-select: none; -webkit-user-drag: none; }
img.small { image-rendering: pixelated; }
"""  # noqa: E501 - style sheets are read in rows


@cache
def _component() -> Any:
    script = Path(__file__).with_name("viewer.js").read_text()
    return st.components.v2.component("dlc_viewer", html=_HTML, css=_CSS, js=script)


def viewer(source: str, *, alt: str, key: str) -> None:
    """Show the picture at this address; wheel, drag and keys enlarge and move it."""
    _component()(data={"src": source, "alt": alt}, key=key)
