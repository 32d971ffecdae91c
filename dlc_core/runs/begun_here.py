"""Which runs were begun here: their ids and paths, kept in the user's data directory.

A run folder may come from anybody, and its run.json says with which command it goes on. Only a run
that this user began at this very path, with this very command, goes on without a question, and may
have its images fetched again from the address it names.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
from pathlib import Path
from typing import Any

from dlc_core.atomic_files import read_json, write_json

_ID = re.compile(r"[0-9a-f]{32}")


def new_id() -> str:
    """Return a random id for a new run."""
    return secrets.token_hex(16)


def note_begun(run: Path, info: dict[str, Any]) -> None:
    """Note that this user began a run, or goes on with it; where that cannot be kept, it is not.

    Args:
        run: the run directory.
        info: the content of its run.json.
    """
    file = _file(info)
    if file is None:
        return
    with contextlib.suppress(OSError):  # then resuming asks
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_json(file, {"path": str(run.resolve()), "command": _digest(info)})


def begun_here(run: Path, info: dict[str, Any]) -> bool:
    """Whether this user began a run at this path with the command that its run.json holds."""
    file = _file(info)
    known = None if file is None else read_json(file)
    return known == {"path": str(run.resolve()), "command": _digest(info)}


def _file(info: dict[str, Any]) -> Path | None:
    from platformdirs import user_data_path

    identity = info.get("id")
    if not isinstance(identity, str) or not _ID.fullmatch(identity):  # it becomes a file's name
        return None
    return user_data_path("dlc-dashboard", appauthor=False) / "begun" / f"{identity}.json"


def _digest(info: dict[str, Any]) -> str:
    """Return a digest of all in a run.json that decides what is run and which data is asked."""
    data = info.get("dataset") or {}
    said = [info.get("request"), (info.get("added") or {}).get("to")]
    said += [data.get("source"), data.get("asked")]
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
