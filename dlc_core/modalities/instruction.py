"""Instruction records: what was asked and what is to be answered, for causal language models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlc_core.errors import DLCError
from dlc_core.modalities.base import Modality, Prepared, Unreadable
from dlc_core.modalities.instruction_details import instruction_details

if TYPE_CHECKING:
    from dlc_core.datasets import Dataset, Sample

_UNSCORED = (
    "scoring them needs a causal language model, which this version does not load yet; dlc look "
    "tells what is in the data"
)


def prepare_record(
    dataset: Dataset,
    preprocess: Any,  # noqa: ARG001
    sample: Sample,  # noqa: ARG001
    *,
    preview: bool,  # noqa: ARG001
) -> Prepared | Unreadable:
    """Refuse: no backbone takes records yet.

    Raises:
        DLCError: always.
    """
    raise DLCError(f"{dataset.name} holds instruction records; {_UNSCORED}.")


INSTRUCTION = Modality(
    name="instruction",
    unit="record",
    gives=frozenset({"text"}),
    description="instructions and responses in files, one stratum for all",
    columns=(),
    prepare=prepare_record,
    details=instruction_details,
    unscored=_UNSCORED,
)
