"""Addresses of image folders: which kinds are asked for, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dlc_core.data_roots import limited, typed_path
from dlc_core.datasets.read_options import Asked
from dlc_core.errors import DLCError
from dlc_core.file_names import printable
from dlc_core.private_addresses import private_refused

WEB = ("https", "http")
BUCKETS = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss")
_PROTOCOL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//)?")
_NUMBERED = re.compile(r"\[[0-9A-Fa-f:.]+\]")  # an IPv6 address in place of a host's name
_ODD = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True)
class Address:
    """An address that may be asked.

    Attributes:
        protocol: one of WEB or BUCKETS.
        text: all of it, without a slash at its end.
    """

    protocol: str
    text: str


def takes_address(text: str) -> bool:
    """Whether a text is an address, of a kind that is read or not."""
    return "://" in text or text.lower().startswith(("file:", "local:"))


def address_of(text: str, asked: Asked) -> Address:
    """Return an address, if it is of a kind that is read and may be asked.

    Args:
        text: as it was typed.
        asked: whether something may be fetched, without which the dashboard asks nobody.

    Raises:
        DLCError: if it is of another kind, or nothing may be fetched.
    """
    shown, text = printable(text)[:200], text.strip()
    match = _PROTOCOL.match(text)
    protocol = match[1].lower() if match else ""
    if match is None:
        raise DLCError(f"{shown} is no address; give the plain path of this machine alone.")
    typed_path(text)
    if "::" in _NUMBERED.sub("", text, count=1) or _ODD.search(text):
        raise DLCError(
            f"{shown} holds addresses inside each other (::) or odd characters; expected one plain "
            "address such as s3://bucket/photos."
        )
    if protocol not in (*WEB, *BUCKETS) or not match[2]:
        raise DLCError(
            f"{shown} is no known address; expected s3://, gs://, az:// or https://, or the path "
            "of a folder."
        )
    if protocol == "http" and private_refused():
        raise DLCError(
            f"{shown}: the dashboard asks https:// only (http:// on the command line, or after dlc "
            "app --allow-private)."
        )
    if limited() and not asked.download:
        raise DLCError(
            f"nothing is fetched from {shown} unasked: tick May download it, below the address on "
            "the Score page, or use the command line."
        )
    return Address(protocol, f"{protocol}{text[len(protocol) :]}".rstrip("/"))
