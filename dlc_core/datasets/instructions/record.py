"""A record of an instruction data set: its messages, which of them count, and where it is from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

SYSTEM, USER, ASSISTANT, TOOL = "system", "user", "assistant", "tool"


class Message(NamedTuple):
    """One turn: its role (system, user, assistant or tool) and its text."""

    role: str
    text: str


class UnusableRecordError(ValueError):
    """A record that cannot be used; the text is the reason, half a sentence."""


@dataclass(frozen=True)
class Conversation:
    """What a layout makes of a record.

    Attributes:
        messages: all turns in their order.
        scored: places in `messages` of those whose text counts, ascending, at least one.
        input: what stands beside the instruction; the last user's text ends in it. "" = nothing.
        source: where the record says that it is from, or "".
        tools: the tools that are offered, as JSON, or "".
    """

    messages: tuple[Message, ...]
    scored: tuple[int, ...]
    input: str = ""
    source: str = ""
    tools: str = ""


class Raw(NamedTuple):
    """Where a record stands in its file.

    Attributes:
        file: of the record.
        row: its place in it, from 0.
        offset, length: its bytes in the file (in what is in it, of a compressed one); -1, -1 in a
            table, of which whole rows are taken.
    """

    file: Path
    row: int
    offset: int
    length: int


@dataclass(frozen=True)
class Record:
    """One instruction record.

    Attributes:
        id: its place in the data set, from 0, faults counted.
        key: of its content; what draws go by.
        messages, scored, input, tools: as in `Conversation`.
        source: where it is from: what it says, else its file where there are several, else "".
        layout: by which it was read, a name in LAYOUTS.
        raw: where it stands in its file.
    """

    id: int
    key: str
    messages: tuple[Message, ...]
    scored: tuple[int, ...]
    input: str
    source: str
    tools: str
    layout: str
    raw: Raw


def content_digest(messages: tuple[Message, ...]) -> bytes:
    """Return the 16 bytes of blake2b over the JSON [[role, text], …] of a record's messages.

    Raises:
        UnusableRecordError: if a text holds half a character or a NUL.
    """
    if any("\0" in text for _, text in messages):
        raise UnusableRecordError("a text holds a NUL character")
    said = json.dumps(list(messages), ensure_ascii=False, separators=(",", ":"))
    try:
        return hashlib.blake2b(said.encode(), digest_size=16).digest()
    except UnicodeEncodeError:
        raise UnusableRecordError("a text holds half a character (a lone surrogate)") from None


def key_of(digest: str, copy: int = 0) -> str:
    """Return the key of the k-th copy of a content, in order; the first is copy 0.

    Args:
        digest: from `content_digest`, as hex.
        copy: its number.
    """
    return f"{digest}~{copy}" if copy else digest
