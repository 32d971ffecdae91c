"""Alpaca: instruction, input and output; perhaps a system prompt and a history of turns."""

from __future__ import annotations

from typing import Any

from dlc_core.datasets.instructions.layout import (
    Fields,
    Layout,
    has,
    kind_of,
    name_in,
    response_in,
    text_in,
)
from dlc_core.datasets.instructions.record import (
    ASSISTANT,
    SYSTEM,
    USER,
    Conversation,
    Message,
    UnusableRecordError,
)


def instruction_conversation(
    fields: Fields, *, beside: str, response: str, source: str
) -> Conversation:
    """Return a conversation of an instruction, what stands beside it, and a response.

    Args:
        fields: of the record.
        beside, response: names of the fields that hold them.
        source: where the record is from.

    Raises:
        UnusableRecordError: if a field is no text, or the response is empty.
    """
    said = response_in(fields, response)
    instruction, more = text_in(fields, "instruction"), text_in(fields, beside)
    asked = "\n\n".join(filter(None, (instruction, more)))
    system = text_in(fields, "system")
    messages = (
        *((Message(SYSTEM, system),) if system else ()),
        *_history(fields.get("history")),
        Message(USER, asked),
        Message(ASSISTANT, said),
    )
    return Conversation(messages, (len(messages) - 1,), input=more, source=source)


def _history(turns: Any) -> list[Message]:
    if turns is None:
        return []
    messages = []
    for pair in turns if isinstance(turns, list) else [turns]:
        if not isinstance(pair, list) or len(pair) != 2:
            raise UnusableRecordError("history is no list of [question, answer]")
        for role, text in zip((USER, ASSISTANT), pair, strict=True):
            if not isinstance(text, str):
                raise UnusableRecordError(f"history holds {kind_of(text)}, not text")
            messages.append(Message(role, text))
    return messages


def _read(fields: Fields) -> Conversation:
    source = name_in(fields, "source")
    return instruction_conversation(fields, beside="input", response="output", source=source)


ALPACA = Layout("instruction, output; perhaps input, system, history", has("instruction", "output"),
                _read)  # fmt: skip
