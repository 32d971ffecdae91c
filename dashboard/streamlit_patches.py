"""Timers of parts of a page that the browser still asks for while it leaves that page.

Streamlit 1.67 (streamlit/streamlit#15084): a part with `run_every` asks for itself by a timer in
the browser. A request that comes while another page is on its way still names the old page:
merged with the one that waits it brings the old page back, and a part that the old page left
behind is drawn where something else stands by now ("Cannot set a node at a delta path"), so the
page stays as it is, half drawn. A tick that is not heard does no harm, the next comes in half a
second.
"""

from __future__ import annotations

from typing import Any

from streamlit.runtime.app_session import AppSession

_TURNING = "_dlc_turning"  # the runner that was last asked for a whole page


def drop_late_ticks() -> None:
    """Let this process's sessions pass over ticks of a page that is being left; call it once."""
    request = AppSession.request_rerun

    def request_rerun(self: AppSession, client_state: Any) -> None:
        if client_state is not None and client_state.is_auto_rerun and is_late(self, client_state):
            return
        request(self, client_state)
        if client_state is None or not client_state.fragment_id:
            setattr(self, _TURNING, self._scriptrunner)

    AppSession.request_rerun = request_rerun  # type: ignore[method-assign]


def is_late(session: Any, client_state: Any) -> bool:
    """Whether a tick comes while a whole page is drawn or waits to be, or is of another page."""
    runner = session._scriptrunner
    turning = runner is not None and runner is getattr(session, _TURNING, None)
    page = client_state.page_script_hash
    return bool(turning or (page and page != session._client_state.page_script_hash))
