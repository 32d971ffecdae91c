"""Short messages of callbacks, shown when the page is drawn next.

Streamlit lets a callback of a fragment show nothing: its elements would replace others.
"""

from __future__ import annotations

import streamlit as st

from dashboard.escaping import for_markdown

_SAID = "said"


def say(text: str, *, icon: str = "check") -> None:
    """Keep a plain text to be shown once."""
    st.session_state.setdefault(_SAID, []).append((text, icon))


def show_said() -> None:
    """Show what was said since the last time."""
    for text, icon in st.session_state.pop(_SAID, []):
        st.toast(for_markdown(text), icon=f":material/{icon}:")
