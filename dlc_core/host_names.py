"""Host names that a dashboard answers under: reading them, and telling whether one is allowed."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from dlc_core.errors import DLCError

LOOPBACK = ("localhost", "127.0.0.1", "::1")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - addresses to listen on, never to visit
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LONGEST = 253
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class HostName:
    """A host's name or address, and a port if one was given.

    Attributes:
        name: lower case, without a last dot; an IPv6 address without brackets, as short as it is.
        port: None where none was given.
    """

    name: str
    port: int | None = None

    @classmethod
    def of(cls, text: str) -> HostName | None:
        """Return what a Host header, or a person, calls a host; None if it is no host's name."""
        if re.search(r"[\s/?#@\\%,]", text):
            return None
        bare = text.count(":") > 1 and not re.search(r"[][]", text)  # an IPv6 address
        try:
            parts = urlsplit(f"//[{text}]" if bare else f"//{text}")
            name, port = parts.hostname or "", parts.port
        except ValueError:
            return None
        found = _address(name) or (None if ":" in name else _name(name))
        return None if found is None else cls(found, port)

    @classmethod
    def of_origin(cls, text: str) -> HostName | None:
        """Return the host of an Origin header with its port; None if it is not of a web page."""
        scheme, mark, rest = text.partition("://")
        if not mark or scheme not in _PORTS:
            return None
        found = cls.of(rest)
        return found if found is None or found.port else cls(found.name, _PORTS[scheme])

    def __str__(self) -> str:
        """Return it as an address has it."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port is None else f"{name}:{self.port}"


def _address(name: str) -> str | None:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return None


def _name(name: str) -> str | None:
    """Return a name in the letters that browsers send, or None."""
    try:
        plain = name.removesuffix(".").encode("idna").decode().lower()
    except UnicodeError:  # an empty or too long part of it
        return None
    good = len(plain) <= _LONGEST and all(_LABEL.fullmatch(part) for part in plain.split("."))
    # What ends in a number is an address or nothing: browsers read 127.1 and 0x7f.1 as 127.0.0.1.
    return plain if good and not re.fullmatch(r"\d+|0x[0-9a-f]*", plain.split(".")[-1]) else None


def read_allowed(names: Iterable[str]) -> tuple[HostName, ...]:
    """Return the names that a person lets in.

    Raises:
        DLCError: if one is no host's name, or stands for many.
    """
    found = []
    for text in names:
        if "*" in text:
            raise DLCError(
                f"--allow-host must be one host name, got {text[:60]!r}, which stands for many; "
                "expected such as dash.example.org: give the option once for each."
            )
        host = HostName.of(text.strip())
        if host is None or host.name in EVERYWHERE:
            raise DLCError(
                f"--allow-host must be a host name or address as it stands in the browser, got "
                f"{text[:60]!r}; expected such as dash.example.org, without https:// and path."
            )
        found.append(host)
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Doors:
    """Who is let in: loopback, and what was named.

    Attributes:
        named: the names; a port among them is that of the address in the browser.
    """

    named: tuple[HostName, ...] = ()

    @property
    def names(self) -> list[str]:
        """All names that a Host header may have, loopback first, without ports."""
        return list(dict.fromkeys([*LOOPBACK, *(host.name for host in self.named)]))

    def lets_host(self, text: str | None) -> bool:
        """Whether a Host header is of this server: its port may be that of a proxy."""
        host = None if text is None else HostName.of(text)
        return host is not None and host.name in self.names

    def lets_origin(self, text: str, host_text: str) -> bool:
        """Whether a page of this origin may speak to this server.

        It may if its name was named, under any port or the one that was named with it; or if page
        and server are both on loopback, under the same port: another program's page on another
        port of this machine is foreign.

        Args:
            text: an Origin header.
            host_text: the Host header beside it, which is let in.
        """
        origin, host = HostName.of_origin(text), HostName.of(host_text)
        if origin is None or host is None:
            return False
        if any(origin.name == one.name and one.port in (None, origin.port) for one in self.named):
            return True
        port = host.port or _PORTS[text.partition("://")[0]]
        return origin.name in LOOPBACK and host.name in LOOPBACK and origin.port == port
