"""Exports: a subset as tables, arrays, image folders, archives and code; and reading them back."""

from dlc_core.export.content import (
    PARTS,
    Content,
    content_of,
    subset_table,
    without_excluded,
)
from dlc_core.export.destination import check_destination
from dlc_core.export.exporter import Exporter, ImageExporter
from dlc_core.export.formats import (
    EXPORTERS,
    FORMATS,
    check_needs,
    check_part,
    export_format,
    export_formats,
    exporter,
    format_of,
)
from dlc_core.export.image_export import MODES, Written
from dlc_core.export.read_back import read_groups, read_ids, read_scores
from dlc_core.export.writing import encode_subset, write_export, write_file

__all__ = [
    "EXPORTERS",
    "FORMATS",
    "MODES",
    "PARTS",
    "Content",
    "Exporter",
    "ImageExporter",
    "Written",
    "check_destination",
    "check_needs",
    "check_part",
    "content_of",
    "encode_subset",
    "export_format",
    "export_formats",
    "exporter",
    "format_of",
    "read_groups",
    "read_ids",
    "read_scores",
    "subset_table",
    "without_excluded",
    "write_export",
    "write_file",
]
