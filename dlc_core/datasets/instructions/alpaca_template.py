"""The text that the Alpaca template makes of a record, in parts: what is scored and what is not."""

from __future__ import annotations

from typing import NamedTuple

from dlc_core.datasets.instructions.record import ASSISTANT, SYSTEM, Record

_WITH_INPUT = (
    "Below is an instruction that describes a task, paired with an input that provides further "
    "context. Write a response that appropriately completes the request.\n\n"
)
_WITHOUT = (
    "Below is an instruction that describes a task. Write a response that appropriately completes "
    "the request.\n\n"
)


class Part(NamedTuple):
    """A piece of a rendered record, and whether it is scored."""

    text: str
    scored: bool


def alpaca_parts(record: Record) -> tuple[Part, ...]:
    """Return the parts whose texts joined are the record in the Alpaca template.

    A system prompt comes first; further turns repeat instruction and response; a record that is
    one response (plain text) stays bare.
    """
    said = record.messages
    if len(said) == 1:
        return (Part(said[0].text, bool(record.scored)),)
    asked = [at for at, one in enumerate(said) if one.role not in (ASSISTANT, SYSTEM)]
    scored, begun = frozenset(record.scored), False
    parts: list[Part] = []
    for at, (role, text) in enumerate(said):
        if role == SYSTEM:
            parts.append(Part(f"{text}\n\n", False))
        elif role == ASSISTANT:
            parts.append(Part(text, at in scored))
            if at + 1 < len(said):
                parts.append(Part("\n\n", False))
        else:
            head = "" if begun else _WITH_INPUT if _beside(record, at, asked) else _WITHOUT
            begun = True
            parts.append(Part(head + _turn(text, _beside(record, at, asked)), False))
    return tuple(parts)


def _beside(record: Record, at: int, asked: list[int]) -> str:
    return record.input if asked and at == asked[-1] else ""


def _turn(text: str, beside: str) -> str:
    if not beside:
        return f"### Instruction:\n{text}\n\n### Response:\n"
    instruction = text.removesuffix(beside).removesuffix("\n\n")
    return f"### Instruction:\n{instruction}\n\n### Input:\n{beside}\n\n### Response:\n"
