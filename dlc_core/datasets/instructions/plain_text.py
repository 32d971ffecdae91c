"""Plain text: all of it counts, and nothing is asked before it."""

from __future__ import annotations

from dlc_core.datasets.instructions.layout import Fields, Layout, has, name_in, response_in
from dlc_core.datasets.instructions.record import ASSISTANT, Conversation, Message


def _read(fields: Fields) -> Conversation:
    messages = (Message(ASSISTANT, response_in(fields, "text")),)
    return Conversation(messages, (0,), source=name_in(fields, "source"))


PLAIN_TEXT = Layout("text, without an instruction", has("text"), _read, fallback=True)
