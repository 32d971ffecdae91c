"""The entries of an archive as PyTorch's reader finds them: whatever the case of their names."""

from __future__ import annotations

import zipfile
from pathlib import Path

from dlc_core.errors import DLCError


def entries_of(archive: zipfile.ZipFile, path: Path) -> list[tuple[str, zipfile.ZipInfo]]:
    """Return each entry with its name in lower case.

    PyTorch looks entries up without regard to case, so a look must not be fooled by "model.PT"; and
    of two entries of one name this library and PyTorch may take different ones.

    Raises:
        DLCError: if two names are the same but for their case.
    """
    found = [(entry.filename.lower(), entry) for entry in archive.infolist()]
    if len({name for name, _ in found}) < len(found):
        raise DLCError(f"{path.name} is refused: it has two parts of the same name.")
    return found
