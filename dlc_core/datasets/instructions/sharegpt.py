"""ShareGPT: conversations, a list of {from, value}; perhaps a system prompt and tools beside it."""

from __future__ import annotations

from typing import Any

from dlc_core.datasets.instructions.layout import (
    Fields,
    Layout,
    has,
    kind_of,
    name_in,
    scored_turns,
    text_in,
)
from dlc_core.datasets.instructions.openai_messages import as_json
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
    "system": SYSTEM, "human": USER, "user": USER, "gpt": ASSISTANT, "assistant": ASSISTANT,
    "chatgpt": ASSISTANT, "bard": ASSISTANT, "bing": ASSISTANT, "function_call": ASSISTANT,
    "observation": TOOL, "tool": TOOL,
}  # fmt: skip


def _message(turn: Any) -> Message:
    if not isinstance(turn, dict):
        raise UnusableRecordError(f"a turn is {kind_of(turn)}, not an object of from and value")
    role = turn.get("from", turn.get("role"))
    if not isinstance(role, str) or role not in _ROLES:
        raise UnusableRecordError(f"unknown role {as_json(role)[:40]}")
    return Message(_ROLES[role], text_in(turn, "value" if "value" in turn else "content"))


def _read(fields: Fields) -> Conversation:
    turns = fields["conversations"]
    if not isinstance(turns, list) or not turns:
        said = "is empty" if turns in (None, []) else f"is {kind_of(turns)}, not a list of turns"
        raise UnusableRecordError(f"conversations {said}")
    system = text_in(fields, "system")
    messages = (*((Message(SYSTEM, system),) if system else ()), *map(_message, turns))
    tools = fields.get("tools") or ""
    return Conversation(
        messages,
        scored_turns(messages),
        source=name_in(fields, "source"),
        tools=tools if isinstance(tools, str) else as_json(tools),
    )


SHAREGPT = Layout("conversations: a list of from and value; perhaps system, tools",
                  has("conversations"), _read)  # fmt: skip
