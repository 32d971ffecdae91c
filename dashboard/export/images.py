"""The formats that hold the images: they take long, so a job makes them."""

from __future__ import annotations

from importlib.util import find_spec

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.export.destination import destination, images_problem
from dashboard.export.file_names import file_name
from dashboard.rerun import draw_anew
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.export import MODES, ImageExporter, export_formats
from dlc_core.jobs.export_history import FOLDER, running
from dlc_core.jobs.start_export import start_images
from dlc_core.recipes import Subset


def image_form(view: View, kept: Subset, part: str) -> tuple[str, str]:
    """Show the choices of an export with images, and the button that starts it.

    Args:
        view: of the run.
        kept: the subset.
        part: which samples, a key of PARTS.

    Returns:
        The chosen format and mode.
    """
    problem = images_problem(view.run)
    if problem:
        st.info(for_markdown(problem), icon=":material/hide_image:")
    formats = {
        name: found for name, found in export_formats().items() if isinstance(found, ImageExporter)
    }
    shown = sorted(formats, key=lambda name: not formats[name].suffix)  # what is downloaded first
    name = st.segmented_control(
        "Format", shown, default=shown[0], required=True, key="image-format",
        format_func=lambda name: formats[name].title or name, disabled=bool(problem),
        label_visibility="collapsed",
    )  # fmt: skip
    name = str(name or shown[0])
    found = formats[name]
    text = found.advice or f"{found.description[:1].upper()}{found.description[1:]}."
    st.caption(for_markdown(text))
    mode, typed = "copy", ""
    if found.modes:
        mode = _mode(disabled=bool(problem))
    export_name = file_name(view.run.name, kept.recipe, name, part)
    if not found.suffix:
        typed = st.text_input(
            "To the folder",
            key="image-destination",
            placeholder=str(view.run.path / FOLDER / export_name),
            help="A new or empty folder below the folders this dashboard may read; left empty, "
            "it is made in the run.",
            disabled=bool(problem),
        )
    lacks = bool(found.library) and find_spec(found.library) is None
    if lacks:
        st.caption(f"Needs the library {found.library}: `pip install 'dlc-dashboard[hf]'`.")
    if part == "both":
        st.caption("Images are exported of kept or of dropped samples, not of both in one.")
    busy = bool(running(view.run.path))
    if st.button(
        "Make the ZIP" if found.suffix == ".zip" else "Make the folder",
        key="make-images",
        type="primary",
        icon=":material/archive:" if found.suffix else ":material/create_new_folder:",
        disabled=bool(problem) or lacks or part == "both" or busy,
        help="One export is made at a time." if busy else None,
    ):
        try:
            out = destination(view.run, typed)
            with st.spinner("Writing the subset …"):
                start_images(
                    view.run, kept, export_name,
                    format_name=name, part=part, mode=mode, out=out,
                )  # fmt: skip
        except DLCError as error:
            st.error(for_markdown(str(error)), icon=":material/error:")
        else:
            draw_anew()
    return name, mode


def _mode(*, disabled: bool) -> str:
    chosen = st.segmented_control(
        "Files", list(MODES), default="copy", required=True, key="image-mode", disabled=disabled,
        help="\n".join(f"- **{mode}**: {what}" for mode, what in MODES.items()),
    )  # fmt: skip
    return str(chosen or "copy")
