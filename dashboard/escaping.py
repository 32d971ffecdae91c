"""Names from the data, made harmless for the places where markup is understood."""

from __future__ import annotations

import html
import re


def for_markdown(text: str) -> str:
    """Return a name that Streamlit's markdown shows literally, on one line."""
    visible = visible_name(text)
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~<>$:&^@/=])", r"\\\1", visible)


def for_plotly(text: str) -> str:
    """Return a name that plotly shows literally: its texts understand a little HTML."""
    return html.escape(visible_name(text), quote=False)


def visible_name(text: str) -> str:
    """Return a name with control and direction characters shown as escapes."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def shortened(text: str, length: int = 28) -> str:
    """Return a name cut in the middle, so that both its ends can be read."""
    if len(text) <= length:
        return text
    half = (length - 1) // 2
    return f"{text[:half]}…{text[-half:]}"
