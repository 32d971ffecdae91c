"""Files brought back by somebody: what they are is told by what is in them, within bounds."""

from dlc_core.reimport.recognise import MOST_BYTES, Brought, recognised
from dlc_core.reimport.shown_subset import keep_ids, kept_ids, kept_names
from dlc_core.reimport.subset_file import Named

__all__ = ["MOST_BYTES", "Brought", "Named", "keep_ids", "kept_ids", "kept_names", "recognised"]
