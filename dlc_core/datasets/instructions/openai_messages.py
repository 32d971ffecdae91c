"""OpenAI's messages: a list of {role, content}; content is text or a list of parts of text."""

from __future__ import annotations

import json
from typing import Any

from dlc_core.datasets.instructions.layout import (
    Fields,
    Layout,
    has,
    kind_of,
    name_in,
    scored_turns,
)
from dlc_core.datasets.instructions.record import (
    ASSISTANT,
    SYSTEM,
    TOOL,
    USER,
    Conversation,
    Message,
    UnusableRecordError,
)

_ROLES = {
    "system": SYSTEM, "developer": SYSTEM, "user": USER, "assistant": ASSISTANT, "tool": TOOL,
    "function": TOOL,
}  # fmt: skip


def as_json(value: Any) -> str:
    """Return a value that stands in a record as the JSON that it was."""
    return json.dumps(value, ensure_ascii=False, default=str)


def messages_in(value: Any, name: str = "messages") -> tuple[Message, ...]:
    """Return the messages in a list of {role, content}; calls of tools follow the content as JSON.

    Args:
        value: of a field.
        name: of the field, for the reason.

    Raises:
        UnusableRecordError: if it is no such list, or holds an unknown role or what is no text.
    """
    if not isinstance(value, list) or not value:
        said = "is empty" if value in (None, []) else f"is {kind_of(value)}, not a list of turns"
        raise UnusableRecordError(f"{name[:40]} {said}")
    return tuple(_message(one) for one in value)


def _message(turn: Any) -> Message:
    if not isinstance(turn, dict):
        raise UnusableRecordError(f"a turn is {kind_of(turn)}, not an object of role and content")
    role = turn.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise UnusableRecordError(f"unknown role {as_json(role)[:40]}")
    text = _content(turn.get("content"))
    calls = turn.get("tool_calls") or turn.get("function_call")
    return Message(_ROLES[role], "\n".join(filter(None, (text, as_json(calls) if calls else ""))))


def _content(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if not isinstance(value, list):
        raise UnusableRecordError(f"content is {kind_of(value)}, not text")
    texts = []
    for part in value:
        text = part.get("text") if isinstance(part, dict) else part
        kind = part.get("type", "text") if isinstance(part, dict) else "text"
        if kind != "text" or not isinstance(text, str):
            said = f"a part of the type {as_json(kind)[:40]}" if kind != "text" else kind_of(text)
            raise UnusableRecordError(f"content holds {said}; text only is read")
        texts.append(text)
    return "".join(texts)


def _read(fields: Fields) -> Conversation:
    messages = messages_in(fields["messages"])
    tools = as_json(fields["tools"]) if fields.get("tools") else ""
    source = name_in(fields, "source")
    return Conversation(messages, scored_turns(messages), source=source, tools=tools)


OPENAI_MESSAGES = Layout("messages: a list of role and content", has("messages"), _read)
