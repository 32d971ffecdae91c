"""Preference pairs: chosen and rejected, with or without a prompt; the chosen one is scored."""

from __future__ import annotations

import re
from typing import Any

from dlc_core.datasets.instructions.layout import Fields, Layout, has, name_in, scored_turns
from dlc_core.datasets.instructions.openai_messages import messages_in
from dlc_core.datasets.instructions.prompt_completion import prompt_messages
from dlc_core.datasets.instructions.record import (
    ASSISTANT,
    USER,
    Conversation,
    Message,
    UnusableRecordError,
)

_TURN = re.compile(r"\n\n(Human|Assistant):")
_SPEAKERS = {"Human": USER, "Assistant": ASSISTANT}


def _answer(fields: Fields, name: str) -> tuple[Message, ...]:
    """Return the turns of one side: messages, HH-RLHF's dialogue in one text, or a response."""
    value: Any = fields.get(name)
    if not isinstance(value, str):
        return messages_in(value, name)
    parts = _TURN.split(value)
    if len(parts) > 1 and not parts[0].strip():
        turns = zip(parts[1::2], parts[2::2], strict=True)
        return tuple(Message(_SPEAKERS[who], text.removeprefix(" ")) for who, text in turns)
    return (Message(ASSISTANT, value),)


def _read(fields: Fields) -> Conversation:
    chosen, rejected = _answer(fields, "chosen"), _answer(fields, "rejected")
    common = next(
        (at for at, pair in enumerate(zip(chosen, rejected, strict=False)) if pair[0] != pair[1]),
        min(len(chosen), len(rejected)),
    )
    if common == len(chosen):
        raise UnusableRecordError("chosen says nothing that rejected does not say as well")
    before = prompt_messages(fields, "prompt") if fields.get("prompt") else ()
    if chosen[: len(before)] == before or chosen[0].role != ASSISTANT:
        before = ()  # it is in both
    messages = (*before, *chosen)
    scored = scored_turns(messages, after=len(before) + common)
    return Conversation(messages, scored, source=name_in(fields, "source"))


PREFERENCE = Layout("chosen, rejected: text or messages; perhaps prompt",
                    has("chosen", "rejected"), _read)  # fmt: skip
