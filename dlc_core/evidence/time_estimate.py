"""About how long measuring takes."""

from __future__ import annotations

from dlc_core.evidence.arms import AUTO, RANDOM, parse_arm
from dlc_core.evidence.available_samples import Room
from dlc_core.evidence.live_record import Reading
from dlc_core.evidence.trial import FULL, Trial

# Of one fit of the probe with at most 256 dimensions, seen on one CPU core: an intercept, and a
# slope for each sample and class. Only good for "about".
_FIT, _SAMPLE, _SHARE_OF_CLASSES = 0.01, 6e-5, 0.03
_FITS = {AUTO: 110.0}  # of one choice; of a split 50
_SPLITS = 50.0


def seconds(trial: Trial, reading: Reading | None, *, room: Room, classes: int) -> float:
    """Return about how long what is not measured yet of a trial takes.

    Args:
        trial: what is asked for.
        reading: what is measured; its times stand for those to come.
        room: what the splits leave of the run.
        classes: how many of its classes have a sample.
    """
    known = {} if reading is None else {
        (one.keep_ratio, one.arm): one.seconds + one.choice_seconds for one in reading.found
    }  # fmt: skip
    done = frozenset() if reading is None else reading.done
    total = 0.0
    for key in trial.order():
        if key not in done:
            name, ratio, _ = key
            kept = room.outer if name == FULL else ratio * room.whole
            total += known.get((ratio, name)) or _guess(name, kept, classes)
    return total


def _guess(name: str, kept: float, classes: int) -> float:
    if name in (RANDOM.name, FULL) or not parse_arm(name).choices:
        return _fit(kept, classes)
    return _FITS.get(name, _SPLITS) * _fit(kept, classes)


def _fit(kept: float, classes: int) -> float:
    return _FIT + _SAMPLE * kept * (1 + _SHARE_OF_CLASSES * classes)
