"""What a person can mend is told in a sentence on every page, wherever it is raised."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import streamlit as st

from dashboard.escaping import for_markdown
from dlc_core.errors import DLCError, is_refusal, refused


@contextlib.contextmanager
def sentences() -> Iterator[None]:
    """Show what a person can mend as a sentence where the page has come to, not as a traceback.

    Of a fragment it is the decorator below `st.fragment`: that shows its errors itself.
    """
    try:
        yield
    except DLCError as error:
        st.error(for_markdown(str(error)), icon=":material/error:")
    except OSError as error:
        if not is_refusal(error):
            raise
        said = refused(error.filename or "what was asked for", error, act="read or write")
        st.error(for_markdown(said), icon=":material/error:")
