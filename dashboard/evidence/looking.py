"""What a page says while it finds out what holds for the run as it is now."""

from __future__ import annotations

from contextlib import AbstractContextManager

import streamlit as st


def looking() -> AbstractContextManager[None]:
    """Say so while the block takes longer than a moment; what is remembered takes none."""
    return st.spinner("Looking at what is measured …")
