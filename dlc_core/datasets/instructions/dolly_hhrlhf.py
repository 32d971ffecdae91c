"""dolly_hhrlhf: a prompt, taken as it stands, and a response."""

from __future__ import annotations

from dlc_core.datasets.instructions.layout import (
    Fields,
    Layout,
    has,
    name_in,
    response_in,
    text_in,
)
from dlc_core.datasets.instructions.record import ASSISTANT, USER, Conversation, Message


def _read(fields: Fields) -> Conversation:
    messages = (
        Message(USER, text_in(fields, "prompt")),
        Message(ASSISTANT, response_in(fields, "response")),
    )
    return Conversation(messages, (1,), source=name_in(fields, "source"))


DOLLY_HHRLHF = Layout("prompt, response", has("prompt", "response"), _read)
