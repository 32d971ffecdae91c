"""A folder in a bucket (S3, Google, Azure), over fsspec's drivers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dlc_core.datasets.remote_address import Address
from dlc_core.errors import DLCError, reason_of
from dlc_core.file_names import printable

_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")  # as Azure has them


class Bucket:
    """A folder in a bucket; where the service is, the environment of this process alone says."""

    def __init__(self, address: Address) -> None:
        """Make the driver.

        Raises:
            DLCError: if it is not installed, or the address is none of its own.
        """
        import fsspec

        try:
            kind = fsspec.get_filesystem_class(address.protocol)
            system = kind(skip_instance_cache=True, **_account(kind, address.text))
            root = kind._strip_protocol(address.text)
        except ImportError as error:
            raise DLCError(
                f"{printable(address.text)} needs a driver: {reason_of(error)}."
            ) from error
        except (ValueError, OSError) as error:
            if isinstance(error, DLCError):
                raise
            raise DLCError(
                f"{printable(address.text)} is no known address: {reason_of(error)}."
            ) from error
        self._system: Any = system
        self._root = str(root).rstrip("/")

    def listed(self, folder: str, seconds: float) -> Iterator[tuple[str, int]]:
        """Return the names in a folder, and their sizes in bytes; raises what the driver does."""
        from fsspec.asyn import sync

        at = f"{self._root}/{folder}"
        system = self._system
        if getattr(system, "async_impl", False):
            found = sync(system.loop, system._ls, at.rstrip("/"), detail=True, timeout=seconds)
        else:
            found = system.ls(at.rstrip("/"), detail=True)
        for detail in found:
            whole = str(detail["name"])
            name = whole.removeprefix(at).rstrip("/")
            if whole.startswith(at) and name:
                is_folder = detail.get("type") == "directory"
                yield f"{name}{'/' if is_folder else ''}", int(detail.get("size") or 0)

    def read(self, path: str, most: int) -> bytes:  # noqa: ARG002 - listed sizes are true here
        """Return a file; raises what the driver does."""
        found: bytes = self._system.cat_file(f"{self._root}/{path}")
        return found


def _account(kind: Any, text: str) -> dict[str, str]:
    """Return Azure's account where the address names it; nothing else of it is an option."""
    name = kind._get_kwargs_from_urls(text).get("account_name")
    if name is None:
        return {}
    if not _ACCOUNT.fullmatch(str(name)):
        raise DLCError(f"{printable(text)} names no account of Azure; expected 3 to 24 letters.")
    return {"account_name": str(name)}
