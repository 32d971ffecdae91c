"""Drawing the page anew without losing what a person has just clicked."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st


def draw_anew() -> NoReturn:
    """Draw the page anew, after whatever the browser has asked for by now.

    Streamlit merges `st.rerun` with a request that waits, and the page of the newer one wins: a
    click on another page would be lost. Writing an element lets a waiting request go first.
    """
    st.empty()
    st.rerun()
