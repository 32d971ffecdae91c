"""TRL's prompt and completion: both text, or both lists of messages."""

from __future__ import annotations

from dlc_core.datasets.instructions.layout import (
    Fields,
    Layout,
    has,
    name_in,
    response_in,
    scored_turns,
    text_in,
)
from dlc_core.datasets.instructions.openai_messages import messages_in
from dlc_core.datasets.instructions.record import ASSISTANT, USER, Conversation, Message


def prompt_messages(fields: Fields, name: str) -> tuple[Message, ...]:
    """Return what is asked, of a field that holds text or messages."""
    value = fields.get(name)
    if isinstance(value, list) and value:
        return messages_in(value, name)
    return (Message(USER, text_in(fields, name)),)


def prompted(fields: Fields, *, prompt: str, response: str, source: str) -> Conversation:
    """Return a conversation of two fields, each text or messages.

    Args:
        fields: of the record.
        prompt, response: names of the fields.
        source: where the record is from.

    Raises:
        UnusableRecordError: if one is neither, or nothing is said in response.
    """
    before = prompt_messages(fields, prompt)
    value = fields.get(response)
    if isinstance(value, list) and value:
        messages = (*before, *messages_in(value, response))
    else:
        messages = (*before, Message(ASSISTANT, response_in(fields, response)))
    return Conversation(messages, scored_turns(messages, after=len(before)), source=source)


def _read(fields: Fields) -> Conversation:
    source = name_in(fields, "source")
    return prompted(fields, prompt="prompt", response="completion", source=source)


PROMPT_COMPLETION = Layout("prompt, completion: text or messages", has("prompt", "completion"),
                           _read)  # fmt: skip
