"""Dolly's own fields: instruction, context, response, and a category, which is the source."""

from __future__ import annotations

from dlc_core.datasets.instructions.alpaca import instruction_conversation
from dlc_core.datasets.instructions.layout import Fields, Layout, has, name_in
from dlc_core.datasets.instructions.record import Conversation


def _read(fields: Fields) -> Conversation:
    source = name_in(fields, "category", "source")
    return instruction_conversation(fields, beside="context", response="response", source=source)


DOLLY = Layout("instruction, response; perhaps context, category", has("instruction", "response"),
               _read)  # fmt: skip
