"""What a data set on the hub names as its files: in the dashboard only what lies in it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from dlc_core.data_roots import limited
from dlc_core.errors import DLCError
from dlc_core.file_names import printable

_ELSEWHERE = re.compile(r"[/\\~]|[A-Za-z][A-Za-z0-9+.-]*:|.*::")


@contextlib.contextmanager
def own_files_only() -> Iterator[None]:
    """Keep the library from files of this machine and other addresses that a README.md names.

    The library resolves each pattern (`data_files`, `data_dir`) by one function, whichever file of
    the data set it comes from; that one is watched while it works.
    """
    if not limited():
        yield
        return
    from datasets import data_files
    from huggingface_hub import constants

    hub = (f"{constants.ENDPOINT}/datasets/", "hf://datasets/")
    resolve = data_files.resolve_pattern

    def watched(pattern: str, base_path: str, *more: Any, **options: Any) -> list[str]:
        inside = pattern.startswith(hub) and "::" not in pattern  # Parquet that the hub made of it
        if (
            ".." in re.split(r"[/\\]", pattern)
            or (_ELSEWHERE.match(pattern) and not inside)
            or not base_path.startswith("hf://")
        ):
            raise DLCError(
                f"the data set names {printable(pattern)[:100]!r}, which does not lie in it; score "
                "it on the command line if you trust it."
            )
        return list(resolve(pattern, base_path, *more, **options))

    data_files.resolve_pattern = watched
    try:
        yield
    finally:
        data_files.resolve_pattern = resolve
