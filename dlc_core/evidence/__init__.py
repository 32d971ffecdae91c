"""Evidence: does a subset train as well as a random one of the same size? Measured, with intervals.

A linear probe on the run's features stands in for fine-tuning; whatever selects sees the training
part alone, and is judged on samples that were held out.
"""

from dlc_core.evidence.arms import Arm, parse_arm
from dlc_core.evidence.available_samples import Room, room_of
from dlc_core.evidence.choose_arm import Choice, choose
from dlc_core.evidence.finding import Finding, findings
from dlc_core.evidence.material_from_run import material_of, settings_of
from dlc_core.evidence.store import Record, folder_of, open_record, read_record, records
from dlc_core.evidence.stored_choice import choose_for
from dlc_core.evidence.trial import Trial, measured

__all__ = [
    "Arm",
    "Choice",
    "Finding",
    "Record",
    "Room",
    "Trial",
    "choose",
    "choose_for",
    "findings",
    "folder_of",
    "material_of",
    "measured",
    "open_record",
    "parse_arm",
    "read_record",
    "records",
    "room_of",
    "settings_of",
]
