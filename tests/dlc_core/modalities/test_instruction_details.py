"""`dlc look` on instruction records: counts, faults by reason, one rendered record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlc_core.cli import main
from dlc_core.datasets import read_dataset
from dlc_core.datasets.instructions.alpaca_template import alpaca_parts
from dlc_core.datasets.read_options import Asked

RECORDS = (
    {"instruction": "Say \x1b[31mred", "input": "x\u202e", "output": "one\ntwo", "source": "s"},
    {"instruction": "a", "output": ""},
    {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "r"}]},
    {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "r"}]},
    {"instruction": "b", "output": ""},
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "mixed.jsonl"
    found.write_text("".join(json.dumps(one) + "\n" for one in RECORDS))
    return found


def test_a_look_for_a_person(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["look", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:9] == [
        "mixed: 3 records (instructions)",
        "layouts: sharegpt 2, alpaca 1",
        "turns: 2 3",
        "sources: none 2, s 1",
        "characters of the prompt: least 1, 5 % 1, median 1, 95 % 16, most 16",
        "characters of the response: least 1, 5 % 1, median 1, 95 % 7, most 7",
        "exact copies of earlier records: 1",
        "faults: 2",
        "fault: the response is empty (output): 2 (mixed.jsonl#1 (line 2), mixed.jsonl#4 (line 5))",
    ]
    assert lines[9] == "mixed.jsonl#0 in the alpaca template; what is scored stands behind >"
    assert lines[-4:-1] == ["  | ### Response:", "  > one", "  > two"]
    assert "\x1b" not in "".join(lines)
    assert "\u202e" not in "".join(lines)


def test_a_look_for_a_program(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["look", str(file), "--json"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (said["samples"], said["faults"], said["classes"], said["unit"]) == (3, 2, 0, "record")
    found = said["details"]
    assert found["layouts"] == {"sharegpt": 2, "alpaca": 1}
    assert found["faults"][0]["count"] == 2
    assert [one["text"] for one in found["rendered"]["parts"] if one["scored"]] == ["one\ntwo"]


def test_the_alpaca_template(tmp_path: Path) -> None:
    """Fixed point 2 of the specification, letter by letter."""
    turns = ["q", "r", "q2", "r2"]
    first = {"instruction": "I", "input": "X", "output": "O"}
    both = {**first, "system": "S", "history": [turns[:2]]}
    roles = ["user", "assistant"] * 2
    chat = [{"role": one, "content": text} for one, text in zip(roles, turns, strict=True)]
    file = tmp_path / "x.jsonl"
    rows = (first, both, {"messages": chat}, {"text": "T"})
    file.write_text("\n".join(map(json.dumps, rows)))
    dataset = read_dataset(str(file), Asked())
    parts = [alpaca_parts(dataset.read(one)) for one in dataset.samples]  # type: ignore[arg-type]
    head = (
        "Below is an instruction that describes a task. Write a response that appropriately "
        "completes the request.\n\n"
    )
    said = ["".join(part.text for part in one) for one in parts]
    assert said[0] == (
        "Below is an instruction that describes a task, paired with an input that provides further "
        "context. Write a response that appropriately completes the request.\n\n### Instruction:\n"
        "I\n\n### Input:\nX\n\n### Response:\nO"
    )
    assert said[1] == (
        f"S\n\n{head}### Instruction:\nq\n\n### Response:\nr\n\n"
        "### Instruction:\nI\n\n### Input:\nX\n\n### Response:\nO"
    )
    assert said[2] == (
        f"{head}### Instruction:\nq\n\n### Response:\nr\n\n"
        "### Instruction:\nq2\n\n### Response:\nr2"
    )
    assert [[part.text for part in one if part.scored] for one in parts] == [
        ["O"], ["O"], ["r", "r2"], ["T"]
    ]  # fmt: skip
