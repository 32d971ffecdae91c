"""A folder on a web server: its pages of links, and its files, over aiohttp."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from dlc_core.datasets.remote_walk import Bounds
from dlc_core.errors import DLCError
from dlc_core.private_addresses import PrivateAddress, checked_socket, private_refused

_REDIRECTS = 5
_CONNECT, _SILENT = 10.0, 30.0  # seconds without a connection, without a byte
_FILE_SECONDS = 600.0
_PIECE = 1 << 16  # bytes
_GONE = (404, 410)


class TooLarge(Exception):  # noqa: N818 - told by who asked
    """An answer with more bytes than were asked for at most."""


class WebFolder:
    """A folder on a web server; several threads may ask.

    Where private addresses are refused no proxy is used: it would look names up itself, and nobody
    here could tell which address it asks.
    """

    def __init__(self, address: str, bounds: Bounds) -> None:
        """Connect to nobody yet.

        Args:
            address: http(s), without a slash at its end.
            bounds: of listings.
        """
        from fsspec.implementations.http import HTTPFileSystem

        self._address, self._bounds = address, bounds
        # It keeps the session, in a thread of its own.
        self._system: Any = HTTPFileSystem(get_client=_session, skip_instance_cache=True)

    def listed(self, folder: str, seconds: float) -> Iterator[tuple[str, int]]:
        """Return the names that a folder's page links to; sizes are not known.

        Raises:
            FileNotFoundError: if there is no such page.
            DLCError: if it is too large.
            OSError, aiohttp.ClientError, TimeoutError: if it cannot be had.
        """
        at = f"{self._address}/{folder}"
        try:
            page = self._fetched(at, self._bounds.page_bytes, seconds)
        except FileNotFoundError:
            if folder:
                raise
            page = self._fetched(self._address, self._bounds.page_bytes, seconds)
        except TooLarge as error:
            raise DLCError(
                f"a page of {self._address[:200]} has more than {self._bounds.page_bytes:,} bytes; "
                "name a folder further down."
            ) from error
        return _names(page.decode("utf-8", "replace"), at)

    def read(self, path: str, most: int) -> bytes:
        """Return a file.

        Raises:
            TooLarge: if it has more bytes than `most`; else as `listed`.
        """
        return self._fetched(f"{self._address}/{path}", most, _FILE_SECONDS)

    def _fetched(self, address: str, most: int, seconds: float) -> bytes:
        from fsspec.asyn import sync

        found: bytes = sync(self._system.loop, self._answer, address, most, seconds)
        return found

    async def _answer(self, address: str, most: int, seconds: float) -> bytes:
        from aiohttp import ClientConnectorError, ClientTimeout
        from yarl import URL

        session = await self._system.set_session()
        limit = ClientTimeout(total=seconds, sock_connect=_CONNECT, sock_read=_SILENT)
        try:
            async with session.get(
                URL(address, encoded="%" in address), timeout=limit, max_redirects=_REDIRECTS
            ) as answer:
                if answer.status in _GONE:
                    raise FileNotFoundError(address)
                if answer.status >= 400:
                    raise OSError(f"the server answers {answer.status}")
                found = bytearray()
                async for piece in answer.content.iter_chunked(_PIECE):
                    found += piece
                    if len(found) > most:
                        raise TooLarge
                return bytes(found)
        except ClientConnectorError as error:
            refused = error.os_error
            if isinstance(refused, PrivateAddress):
                raise private(address, refused) from error
            raise


def private(address: str, refused: PrivateAddress) -> DLCError:
    """Return what says that an address is not asked."""
    host = urlsplit(address).hostname or address
    return DLCError(
        f"{host[:100]} leads to {refused}, which is no public address; the dashboard asks such "
        "only after dlc app --allow-private."
    )


async def _session(loop: Any, **_options: Any) -> Any:
    """Return a session that looks at each address before it connects, redirects included."""
    import aiohttp

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_redirected)
    return aiohttp.ClientSession(
        loop=loop,
        connector=aiohttp.TCPConnector(socket_factory=checked_socket),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept-Encoding": "identity"},
        trace_configs=[trace],
        trust_env=not private_refused(),
    )


async def _redirected(_session: Any, _context: Any, told: Any) -> None:
    leads = str(told.response.headers.get("Location", ""))
    if private_refused() and urlsplit(urljoin(str(told.url), leads)).scheme != "https":
        raise DLCError(
            f"{str(told.url)[:200]} leads on to {leads[:100]}, and the dashboard asks https:// "
            "only (http:// on the command line, or after dlc app --allow-private)."
        )


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def _names(page: str, at: str) -> Iterator[tuple[str, int]]:
    """Yield what lies below a page's own address among the links on it."""
    links = _Links()
    links.feed(page)
    for link in dict.fromkeys(links.found):
        try:
            whole = urljoin(at, link)
        except ValueError:  # of odd brackets
            continue
        name = whole[len(at) :]
        plain = whole.startswith(at) and name and not set(name) & set("?#")
        if plain and ".." not in unquote(name).split("/"):
            yield name, 0
