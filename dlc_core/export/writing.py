"""Writing exports: bytes for a download, files and folders for the disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from dlc_core.atomic_files import write_atomically
from dlc_core.errors import DLCError, refused
from dlc_core.export.content import Content, content_of
from dlc_core.export.destination import check_destination
from dlc_core.export.exporter import ImageExporter
from dlc_core.export.formats import check_needs, check_part, export_format, exporter
from dlc_core.export.image_export import MODES, ImageExport, Written
from dlc_core.export.sources import sources_of
from dlc_core.recipes import Subset
from dlc_core.records.progress import Report, silent
from dlc_core.runs import Run


def encode_subset(
    run: Run,
    subset: Subset,
    format_name: str,
    *,
    part: str | None = None,
    decisions: bool = True,
    relabelled: Mapping[int, str] | None = None,
) -> bytes:
    """Return a subset as the bytes of a file: the same subset and decisions, the same bytes.

    Args:
        run: that the subset is of.
        subset: the kept samples.
        format_name: of a format that is one file without images.
        part: a key of PARTS; None for what the format holds as a rule.
        decisions: whether the relabels and exclusions count that stand in the run now.
        relabelled: id -> decided label, of an earlier moment; None = those that stand now.

    Raises:
        DLCError: if there is no such format or part.
    """
    found = exporter(format_name)
    check_needs(format_name, run)
    part = part or found.part
    check_part(format_name, part)
    recipe = subset.recipe.as_dict()
    content = content_of(
        run, subset.ids, recipe=recipe, part=part, decisions=decisions, relabelled=relabelled
    )
    return found.encode(content)


def write_export(
    content: Content,
    out: str | Path,
    *,
    format_name: str,
    mode: str = "copy",
    data_roots: Sequence[str | Path] = (),
    overwrite: bool = False,
    report: Report = silent,
) -> Written:
    """Write an export to the disk; until it is complete, nothing has its name.

    Args:
        content: what to export.
        out: the file, or the folder: missing, or empty.
        format_name: a key of FORMATS.
        mode: a key of MODES, for formats that are folders of files.
        data_roots: further folders that links in the dataset may lead into.
        overwrite: whether what is there already may be replaced, if it is no run or data.
        report: told how far it is; where it raises KeyboardInterrupt, no trace is left.

    Returns:
        What was written; samples whose image cannot be read are left out and listed as faults.

    Raises:
        DLCError: if it cannot be written, the disk is full, or the images are gone.
    """
    found = export_format(format_name)
    check_part(format_name, content.part)
    check_needs(format_name, content.run)
    target = check_destination(out, runs=[content.run], overwrite=overwrite)
    if mode not in MODES:
        raise DLCError(f"mode must be one of {', '.join(MODES)}, got {mode!r}.")
    if mode != "copy" and not (isinstance(found, ImageExporter) and found.modes):
        raise DLCError(f"the format {format_name!r} has no mode {mode!r}; it is always a copy.")
    if not isinstance(found, ImageExporter):
        write_file(target, found.encode(content))
        return Written(target, len(content.table))
    sources = sources_of(content, data_roots=data_roots)
    if sources.root is not None and target.parent.resolve().is_relative_to(sources.root):
        raise DLCError(f"{target} would become part of the dataset; choose another --out.")
    return found.write(ImageExport(content, sources, target, mode, report))


def write_file(path: str | Path, data: bytes) -> None:
    """Write a file; on failure nothing is left under its name.

    Raises:
        DLCError: if the file cannot be written.
    """
    file = Path(path).expanduser()
    try:
        write_atomically(file, lambda target: target.write(data))
    except OSError as error:
        raise DLCError(refused(file, error)) from error
