"""A subset that comes back: looked at, compared, made into decisions, exported as it is."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.decision_buttons import decide, undo_buttons
from dashboard.escaping import for_markdown
from dashboard.export.destination import images_problem
from dashboard.reimport.view_subset import overlap, show_button
from dashboard.rerun import draw_anew
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.export import (
    Exporter,
    ImageExporter,
    content_of,
    export_format,
    export_formats,
    exporter,
    without_excluded,
)
from dlc_core.jobs.export_history import running
from dlc_core.jobs.start_export import start_images
from dlc_core.needs import offered
from dlc_core.plurals import counted
from dlc_core.reimport import Named


def subset_found(view: View, name: str, what: str, found: Named) -> None:
    """Say how many samples it names, and offer what can be done with them.

    Args:
        view: of the run.
        name: of the file, as markdown.
        what: it is, such as "a subset (CSV)".
        found: the samples.
    """
    ids = found.ids
    st.markdown(
        f"**{name} is {for_markdown(what)}**: {len(ids):,} of the {counted(len(view), 'sample')} "
        f"of this run{_missing(found)}."
    )
    if len(ids) == len(view):
        st.info(
            "It names every sample of the run, so it leaves nothing out. Is it a table of all of "
            "them, rather than a subset?",
            icon=":material/info:",
        )
    if not found.by_path:
        st.caption(
            "It names samples by number only: right for a subset of this very folder, wrong for "
            "any other."
        )
    overlap(view, ids)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        show_button(view, ids)
        _decide_buttons(view, ids)
        undo_buttons(view, key="brought")
    _export(view, ids)


def _missing(found: Named) -> str:
    if not found.unknown:
        return ""
    are = "is" if found.unknown == 1 else "are"
    return f"; {counted(found.unknown, 'other')} that it names {are} not in it"


def _decide_buttons(view: View, ids: NDArray[np.int64]) -> None:
    now = view.decided()
    named = np.isin(view.ids, ids, assume_unique=True)
    pins = view.ids[named & ~now.pinned]
    others = view.ids[~named & ~now.excluded]
    for verdict, words, icon, samples, help_ in (
        ("pin", "Pin", "push_pin", pins,
         "Every recipe keeps them. Those that are pinned already are not counted."),
        ("exclude", "Exclude the other", "block", others,
         "No recipe keeps them. Those that are excluded already are not counted."),
    ):  # fmt: skip
        st.button(
            f"{words} {len(samples):,}",
            key=f"brought-{verdict}",
            icon=f":material/{icon}:",
            disabled=not len(samples),
            help=help_ + " Undo takes it back.",
            on_click=lambda verdict=verdict, samples=samples: decide(
                view, samples, verdict=verdict
            ),
        )


def _problem(found: Exporter | ImageExporter, view: View) -> str:
    return found.problem(view.run) if isinstance(found, Exporter) else ""


def _export(view: View, ids: NDArray[np.int64]) -> None:
    """Offer it in another format: tables at once, images by the job that the page has anyway."""
    left = without_excluded(view.run, ids)
    able = offered(view.run, export_formats())
    formats = [name for name, one in able.items() if one.part != "both" and not _problem(one, view)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Take it away as it is, as", formats, key="brought-format", width=240,
            format_func=lambda name: able[name].title or name,
        )  # fmt: skip
        name = str(name or formats[0])
        found = export_format(name)
        out = f"{view.run.name}-brought-back{found.suffix}"
        if isinstance(found, ImageExporter):
            _images_button(view, left, name, out)
        else:
            st.download_button(
                f"Download {len(left):,}",
                data=lambda: exporter(name).encode(content_of(view.run, left)),
                file_name=out.replace("-", "_") if name == "torch" else out,
                mime=found.media_type,
                key="brought-download",
                icon=":material/download:",
                on_click="ignore",
                disabled=not len(left),
            )
    if len(left) < len(ids):
        st.caption(f"Without {counted(len(ids) - len(left), 'sample')} excluded by a decision.")


def _images_button(view: View, ids: NDArray[np.int64], name: str, out: str) -> None:
    problem = images_problem(view.run)
    busy = bool(running(view.run.path))
    if st.button(
        f"Make it of {counted(len(ids), 'image')}", key="brought-images",
        icon=":material/archive:", disabled=bool(problem) or busy or not len(ids),
        help=for_markdown(problem) if problem
        else "One export is made at a time." if busy else "It is listed below while it is made.",
    ):  # fmt: skip
        try:
            start_images(view.run, ids, out, format_name=name)
        except DLCError as error:
            st.error(for_markdown(str(error)), icon=":material/error:")
        else:
            draw_anew()
