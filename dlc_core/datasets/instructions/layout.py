"""A layout: how the fields of a record become messages; and what all layouts ask of a field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dlc_core.datasets.instructions.record import (
    ASSISTANT,
    Conversation,
    Message,
    UnusableRecordError,
)

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Layout:
    """One way to write instruction records.

    Attributes:
        description: its fields, in one line.
        takes: whether a record's fields are those of this layout.
        read: makes a conversation of the fields; raises UnusableRecordError with the reason.
        fallback: whether it is asked only where no other takes a record.
    """

    description: str
    takes: Callable[[Fields], bool]
    read: Callable[[Fields], Conversation]
    fallback: bool = False


def has(*names: str) -> Callable[[Fields], bool]:
    """Return the test whether a record has all these fields."""
    needed = frozenset(names)
    return lambda fields: needed <= fields.keys()


_JSON_NAMES = {
    bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object",
}  # fmt: skip


def kind_of(value: Any) -> str:
    """Return what a value of JSON is, for a sentence."""
    return _JSON_NAMES.get(type(value), f"a {type(value).__name__}")


def text_in(fields: Fields, name: str) -> str:
    """Return a field's text, "" where it is missing or null.

    Raises:
        UnusableRecordError: if it is something else than text.
    """
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnusableRecordError(f"{name[:40]} is {kind_of(value)}, not text")
    return value


def name_in(fields: Fields, *names: str) -> str:
    """Return the first of some fields that is a text with something in it, else ""."""
    values = (fields.get(name) for name in names)
    return next((one for one in values if isinstance(one, str) and one.strip()), "")


def response_in(fields: Fields, name: str) -> str:
    """Return a field's text that is to be scored.

    Raises:
        UnusableRecordError: if it is no text or blank.
    """
    text = text_in(fields, name)
    if not text.strip():
        raise UnusableRecordError(f"the response is empty ({name[:40]})")
    return text


def scored_turns(messages: tuple[Message, ...], *, after: int = 0) -> tuple[int, ...]:
    """Return the places of the assistant's turns that say something.

    Args:
        messages: of a conversation.
        after: the first place that may count.

    Raises:
        UnusableRecordError: if there is none.
    """
    turns = [at for at, one in enumerate(messages) if one.role == ASSISTANT and at >= after]
    said = tuple(at for at in turns if messages[at].text.strip())
    if not said:
        empty = "the response is empty" if turns else "there is no turn of the assistant to score"
        raise UnusableRecordError(empty)
    return said
