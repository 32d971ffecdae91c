"""The report: one HTML file of a run and a subset, for a colleague, a printer or an archive."""

from dlc_core.report.build import build_report
from dlc_core.report.kept import SubsetFile, subset_in_file
from dlc_core.report.similarity_rows import similarity_of

__all__ = ["SubsetFile", "build_report", "similarity_of", "subset_in_file"]
