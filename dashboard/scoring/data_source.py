"""Which data: bundled, a folder or file, an uploaded ZIP, or a name."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from dashboard.scoring.columns import column_part
from dashboard.scoring.recents import recent_part
from dashboard.scoring.source_names import BUNDLED, FOLDER, NAME, UPLOAD
from dashboard.scoring.upload import upload_part
from dlc_core.datasets import READERS
from dlc_core.datasets.remote_address import takes_address


@dataclass(frozen=True)
class Data:
    """What the controls of the data say; the fields but the first three are `Asked`'s.

    Attributes:
        source: which kind of control was used.
        dataset: what was typed or chosen.
        download: whether the dataset may be fetched.
    """

    source: str
    dataset: str
    download: bool = False
    split: str | None = None
    image_column: str | None = None
    label_column: str | None = None
    split_column: str | None = None
    group_column: str | None = None
    image_root: str | None = None
    clusters: int | None = None

    def options(self) -> dict[str, Any]:
        """Return the options of the reader, by name."""
        values = asdict(self)
        for name in ("source", "dataset", "download"):
            values.pop(name)
        return values


def data_part() -> Data:
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
        return Data(source, typed or "", download, **_split(), **column_part(typed or ""))
    if source == UPLOAD:
        chosen = upload_part()
        return Data(source, chosen, **_split(), **column_part(chosen))
    if source == NAME:
        typed = st.text_input(
            "Name or address",
            key="by-name",
            placeholder="torchvision:DTD, hf:user/name …",
            help=_kinds(paths=False),
        )
        return Data(source, (typed or "").strip(), _download(), **_split())
    return Data(BUNDLED, "digits")


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
        for name, one in READERS.items()
        if (one.paths == paths or name == "hf") and name != "digits"
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
