"""A ZIP from the browser: unpacked beside the runs, safely, and deleted when no run needs it."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import streamlit as st

from dashboard.escaping import for_markdown, visible_name
from dashboard.rerun import draw_anew
from dashboard.server_settings import runs_folder, uploads_folder
from dlc_core.atomic_files import read_json
from dlc_core.datasets.archive import extract_zip
from dlc_core.datasets.image_formats import ending_of
from dlc_core.datasets.left_out import ending_notes
from dlc_core.datasets.unpacked import dataset_choices, is_data
from dlc_core.errors import DLCError
from dlc_core.runs import run_folders

_LEFT_OUT = "upload-left-out"  # what was not unpacked of the upload of a name


def upload_part() -> str:
    """Show the upload and what was uploaded before; return the path of what is chosen, or ""."""
    given = st.file_uploader(
        "ZIP of images",
        type="zip",
        key="upload",
        help="One folder of images for each class, or a table of paths and labels at its top; "
        "nothing else in it is kept. It is unpacked beside the runs, on the machine that this "
        "dashboard runs on.",
    )
    if given is not None and st.button("Unpack", key="unpack", icon=":material/folder_zip:"):
        _unpack(given.name, given)
    there = uploads()
    if not there:
        st.caption("Nothing is uploaded yet: choose a ZIP, then *Unpack*.")
        return ""
    of, notes = st.session_state.get(_LEFT_OUT, ("", ()))
    chosen = st.selectbox(
        "Uploaded", there, format_func=visible_name, key="uploaded", help="Newest first."
    )
    if chosen is None:
        return ""
    if chosen == of and notes:
        st.info(for_markdown(f"Only the images and tables of a ZIP are kept; {'; '.join(notes)}."))
    users = users_of(chosen)
    if st.button(
        "Delete this upload",
        key="delete-upload",
        icon=":material/delete:",
        disabled=bool(users),
        help=f"Used by {for_markdown(', '.join(users[:5]))}." if users else "No run uses it.",
    ):
        shutil.rmtree(uploads_folder() / chosen, ignore_errors=True)
        draw_anew()
    return str(_meant(uploads_folder() / chosen))


def _meant(folder: Path) -> Path:
    """Return what is scored of an upload: a person chooses where a table lies beside images."""
    choices = dataset_choices(folder)
    if len(choices) == 1:
        return choices[0]
    return st.selectbox(
        "What is scored",
        choices,
        format_func=lambda path: (
            "the folders of images" if path.is_dir() else f"the table {visible_name(path.name)}"
        ),
        key=f"meant-{folder.name}",
        help="A table gives each image its label; without one the folders are the classes.",
    )


def uploads() -> list[str]:
    """Return the names of what was uploaded, newest first."""
    folder = uploads_folder()
    if not folder.is_dir():
        return []
    found = [entry for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != "."]
    found.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
    return [entry.name for entry in found]


def users_of(name: str) -> list[str]:
    """Return the names of the runs whose data is in an upload."""
    inside = uploads_folder() / name
    users = []
    for run in run_folders(runs_folder()):
        known = (read_json(run / "run.json") or {}).get("dataset") or {}
        places = [Path(str(known.get(key))) for key in ("root", "source") if known.get(key)]
        if any(place.is_relative_to(inside) for place in places):
            users.append(run.name)
    return users


def _unpack(name: str, file: object) -> None:
    bar = st.progress(0.0, "Unpacking …")
    stem = re.sub(r"[^\w.-]+", "-", Path(name).stem).strip("-.")[:80] or "upload"
    target, number = uploads_folder() / stem, 2
    while target.exists():
        target, number = uploads_folder() / f"{stem}-{number}", number + 1

    def told(done: int, total: int) -> None:
        bar.progress(done / max(1, total), f"Unpacking {done / 1e6:.0f} of {total / 1e6:.0f} MB …")

    left_out: Counter[str] = Counter()

    def wanted(name: str) -> bool:
        if is_data(name):
            return True
        left_out[ending_of(name)] += 1
        return False

    try:
        extract_zip(
            file,  # type: ignore[arg-type]
            target,
            name=visible_name(name),
            wanted=wanted,
            told=told,
        )
    except DLCError as error:
        st.error(for_markdown(str(error)), icon=":material/error:")
    else:
        st.session_state["uploaded"] = target.name
        st.session_state[_LEFT_OUT] = (target.name, ending_notes(left_out))
        draw_anew()
    finally:
        bar.empty()
