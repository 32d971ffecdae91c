"""Which data: bundled, a folder or file, an uploaded ZIP, or a name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from dashboard.scoring.columns import column_part
from dashboard.scoring.recents import recent_part
from dashboard.scoring.source_names import BUNDLED, FOLDER, NAME, UPLOAD
from dashboard.scoring.upload import upload_part
from dlc_core.datasets import READERS, Asked
from dlc_core.datasets.registry import bundled
from dlc_core.datasets.remote_address import takes_address


@dataclass(frozen=True)
class DataSource:
    """What the controls of the data say.

    Attributes:
        control: which kind of control was used.
        dataset: what was typed or chosen.
        read: how it is read, and whether it may be fetched.
    """

    control: str
    dataset: str
    read: Asked = field(default_factory=Asked)


def data_part() -> DataSource:
    """Show the controls; return what they say."""
    recent_part()
    source = st.segmented_control(
        "Data", [BUNDLED, FOLDER, UPLOAD, NAME], default=BUNDLED, required=True, key="source"
    )
    if source == FOLDER:
        typed = st.text_input(
            "Folder or file",
            key="folder",
            placeholder="/path/to/images, photos.csv, digits.npz …",
            help=_kinds(paths=True),
        )
        download = takes_address(typed or "") and _download()
        asked = {**_split(), **column_part(typed or "")}
        return DataSource(source, typed or "", Asked(download=download, **asked))
    if source == UPLOAD:
        chosen = upload_part()
        return DataSource(source, chosen, Asked(**_split(), **column_part(chosen)))
    if source == NAME:
        typed = st.text_input(
            "Name or address",
            key="by-name",
            placeholder="torchvision:DTD, hf:user/name …",
            help=_kinds(paths=False),
        )
        read = Asked(download=_download(), **_split())
        return DataSource(source, (typed or "").strip(), read)
    return DataSource(BUNDLED, bundled())


def _download() -> bool:
    return st.checkbox(
        "May download it, if it is not on this machine",
        key="download-data",
        help="What has a name stays in the library's own cache; the images of an address are "
        "fetched when they are scored, and again when they are exported.",
    )


def _kinds(*, paths: bool) -> str:
    """Return what may be typed, from the registry of readers."""
    lines = [
        f"**{one.example}**: {one.description}".replace("…", "...")
        for one in READERS.values()
        if (one.paths == paths or one.names) and not one.bundled
    ]
    return "  \n".join(lines)


def _split() -> dict[str, Any]:
    split = st.selectbox(
        "Split",
        [None, "train", "val", "test"],
        format_func=lambda name: name or "automatic (train, if there are splits)",
        accept_new_options=True,
        key="split-name",
        help="Another name of a part, or of its folder, can be typed; none reads all folders as "
        "classes.",
    )
    return {"split": split}
