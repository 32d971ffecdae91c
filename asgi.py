"""Starts app.py as an ASGI app, with the guarded routes for pictures and downloads.

Started by `dlc app` and `dlc demo`, which put the server's settings into DLC_SERVER.
"""

import json
import os
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from dashboard import media
from dashboard.browser import open_when_ready
from dashboard.export import downloads
from dashboard.host_check import Gate, doors_of_environment
from dashboard.idle_connections import close_idle_connections
from dashboard.response_headers import ResponseHeaders
from dashboard.server_settings import set_data_roots
from dashboard.streamlit_patches import drop_late_ticks
from dashboard.token_check import TokenCheck, access_of_environment

settings = json.loads(os.environ.get("DLC_SERVER", "{}"))
base_url = settings.get("server.baseUrlPath", "")

# Without this, the first visitor of a fresh server who opens a deep link gets Streamlit's automatic
# pages/ mode instead of app.py: the folder's name is fixed, so the mode is turned off.
PagesManager.uses_pages_directory = False
drop_late_ticks()
set_data_roots()

app = st.App(
    Path(__file__).with_name("app.py"),
    routes=[*media.routes(base_url=base_url), *downloads.routes(base_url=base_url)],
    middleware=[
        Middleware(ResponseHeaders),
        Middleware(Gate, doors=doors_of_environment()),
        Middleware(TokenCheck, access=access_of_environment(settings)),
    ],
)

if __name__ == "__main__":
    close_idle_connections()
    open_when_ready(os.environ.pop("DLC_BROWSER", ""))
    app.run(config=settings)
