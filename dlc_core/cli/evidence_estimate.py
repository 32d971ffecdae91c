"""`dlc evidence --estimate`: how many trainings, and about how long they take; nothing measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlc_core.plurals import counted

if TYPE_CHECKING:
    from pathlib import Path

    from dlc_core.evidence import Room, Trial
    from dlc_core.runs import Run


def estimated(run: Run, trial: Trial, room: Room, folder: Path, *, probe: bool) -> dict[str, Any]:
    """Print the estimate; return it for --json.

    Args:
        run: that would be measured.
        trial: what is asked for.
        room: what the splits leave.
        folder: of the record that would hold it; what is in it need not be measured again.
        probe: whether the linear probe learns. How long anything else takes is known only where
            some of it was measured.
    """
    from dlc_core.evidence.live_record import reading_of
    from dlc_core.evidence.time_estimate import seconds
    from dlc_core.records.progress import duration

    reading, keys = reading_of(folder), trial.order()
    left = [key for key in keys if reading is None or key not in reading.done]
    timed = set() if reading is None else {(one.arm, one.keep_ratio) for one in reading.found}
    known = probe or all((arm, ratio) in timed for arm, ratio, _ in left)
    classes = run.samples["class_id"].nunique()
    took = seconds(trial, reading, room=room, classes=classes) if known else None
    done = f", {len(keys) - len(left):,} of them measured" if len(left) < len(keys) else ""
    if not left:
        words = "nothing is left to measure"
    elif took is None:
        words = "how long one takes is not known before some are measured; try --seeds 2 first"
    else:
        words = f"about {duration(max(1.0, took))}"
    print(f"{counted(len(keys), 'training')}{done}: {words}.")
    return {
        "run": str(run.path),
        "folder": str(folder),
        "trainings": len(keys),
        "left": len(left),
        "seconds": None if took is None else round(took, 1),
    }
