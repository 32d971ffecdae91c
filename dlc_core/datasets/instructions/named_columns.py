"""Fields of any other names, which a person has told."""

from __future__ import annotations

from dlc_core.datasets.instructions.layout import Fields, Layout, has, scored_turns, text_in
from dlc_core.datasets.instructions.openai_messages import messages_in
from dlc_core.datasets.instructions.prompt_completion import prompted
from dlc_core.datasets.instructions.record import Conversation, UnusableRecordError
from dlc_core.datasets.read_options import Asked
from dlc_core.errors import DLCError

NAMED = "named columns"


def named_columns(asked: Asked) -> Layout | None:
    """Return the layout of the columns that a person named; None if none was.

    Args:
        asked: --prompt-column with --response-column, or --messages-column.

    Raises:
        DLCError: if one of a pair is missing, or both ways are named.
    """
    prompt, response, messages = asked.prompt_column, asked.response_column, asked.messages_column
    if prompt is response is messages is None:
        return None
    if messages is not None and (prompt is not None or response is not None):
        raise DLCError(
            "got --messages-column beside --prompt-column or --response-column; name either the "
            "column of messages, or those of prompt and response."
        )
    if messages is not None:
        return Layout(f"messages in {messages}", has(messages), lambda one: _read(one, messages))
    if response is None:
        raise DLCError("got --prompt-column without --response-column; name that one, too.")

    def read(fields: Fields) -> Conversation:
        return prompted(fields, prompt=prompt or "", response=response, source="")

    return Layout(f"{prompt or 'nothing'}, {response}", has(response), read)


def _read(fields: Fields, column: str) -> Conversation:
    messages = messages_in(fields[column], column)
    return Conversation(messages, scored_turns(messages))


def source_in(fields: Fields, column: str) -> str:
    """Return the source in a column that a person named; numbers are taken as text.

    Raises:
        UnusableRecordError: if the cell is a list or an object.
    """
    value = fields.get(column)
    if isinstance(value, list | dict):
        raise UnusableRecordError(f"{column[:40]} holds no name of a source")
    return (
        str(value) if value is not None and not isinstance(value, str) else text_in(fields, column)
    )
