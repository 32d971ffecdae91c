"""Taking damaged lines out of decisions.jsonl."""

from __future__ import annotations

import os
from pathlib import Path

from dlc_core.atomic_files import write_atomically
from dlc_core.decisions.appending import PLAIN, writing
from dlc_core.decisions.log import DAMAGED_FILE, FILE
from dlc_core.decisions.log_reader import damaged_lines
from dlc_core.errors import DLCError, refused


def repair(run_path: Path) -> int:
    """Take the damaged lines out of a run's log, into decisions.damaged.jsonl; return how many.

    What was decided in them is not known any more; everything else stands as it would without them.

    Raises:
        DLCError: if the log cannot be written; it then is as before.
    """
    with writing(run_path):
        gone = set(damaged_lines(run_path))
        if not gone:
            return 0
        try:
            lines = (run_path / FILE).read_bytes().split(b"\n")
            taken = b"".join(lines[number - 1] + b"\n" for number in sorted(gone))
            kept = b"\n".join(x for number, x in enumerate(lines, 1) if number not in gone)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | PLAIN
            with os.fdopen(os.open(run_path / DAMAGED_FILE, flags, 0o600), "ab") as file:
                file.write(taken)
                file.flush()
                os.fsync(file.fileno())
            write_atomically(run_path / FILE, lambda target: target.write(kept))
        except OSError as error:
            raise DLCError(refused(run_path / FILE, error)) from error
        (run_path / FILE).chmod(0o600)
    return len(gone)
