"""Layouts: what each makes of a record, and what it says of one that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dlc_core.datasets import read_dataset
from dlc_core.datasets.instructions.layouts import LAYOUTS, fitting
from dlc_core.datasets.instructions.record import Record
from dlc_core.datasets.read_options import Asked
from dlc_core.errors import DLCError

HH = "\n\nHuman: Hi?\n\nAssistant: Hello.\n\nHuman: More?\n\nAssistant: "
QA = [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hello."}]
DEEP: Any = "x"
for _ in range(800):
    DEEP = [DEEP]
MEDIA = {"type": "image_url", "image_url": "x"}
CALL = {"role": "assistant", "content": None, "tool_calls": [{"name": "f"}]}

GOOD: dict[str, list[tuple[dict[str, Any], list[tuple[str, str]], list[int]]]] = {
    "alpaca": [
        ({"instruction": "Add", "input": "1 2", "output": " 3"},
         [("user", "Add\n\n1 2"), ("assistant", " 3")], [1]),
        ({"instruction": "", "input": "", "output": "x", "system": "S", "history": [["a", "b"]]},
         [("system", "S"), ("user", "a"), ("assistant", "b"), ("user", ""), ("assistant", "x")],
         [4]),
    ],
    "dolly": [
        ({"instruction": "Who?", "context": "Tom.", "response": "Tom", "category": "qa"},
         [("user", "Who?\n\nTom."), ("assistant", "Tom")], [1]),
    ],
    "prompt-completion": [
        ({"prompt": "p", "completion": " c"}, [("user", "p"), ("assistant", " c")], [1]),
        ({"prompt": QA[:1], "completion": QA[1:]}, [("user", "Hi?"), ("assistant", "Hello.")], [1]),
    ],
    "dolly_hhrlhf": [
        ({"prompt": "p\n", "response": "r"}, [("user", "p\n"), ("assistant", "r")], [1]),
    ],
    "sharegpt": [
        ({"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"},
                            {"from": "observation", "value": "c"}, {"from": "bard", "value": "d"}],
          "system": "S"},
         [("system", "S"), ("user", "a"), ("assistant", "b"), ("tool", "c"), ("assistant", "d")],
         [2, 4]),
    ],
    "messages": [
        ({"messages": QA}, [("user", "Hi?"), ("assistant", "Hello.")], [1]),
        ({"messages": [{"role": "developer", "content": [{"type": "text", "text": "D"}]}, CALL]},
         [("system", "D"), ("assistant", '[{"name": "f"}]')], [1]),
    ],
    "preference": [
        ({"chosen": f"{HH}yes", "rejected": f"{HH}no"},
         [("user", "Hi?"), ("assistant", "Hello."), ("user", "More?"), ("assistant", "yes")], [3]),
        ({"prompt": "p", "chosen": "yes", "rejected": "no"},
         [("user", "p"), ("assistant", "yes")], [1]),
        ({"prompt": "Hi?", "chosen": QA, "rejected": [QA[0], {"role": "assistant", "content": ""}]},
         [("user", "Hi?"), ("assistant", "Hello.")], [1]),
    ],
    "text": [({"text": "All of it", "label": 3}, [("assistant", "All of it")], [0])],
}  # fmt: skip

BAD: list[tuple[dict[str, Any], str]] = [
    ({"instruction": "x", "output": " \n"}, "the response is empty"),
    ({"instruction": "x", "output": None}, "the response is empty"),
    ({"instruction": 3, "output": "y"}, "instruction is a number, not text"),
    ({"instruction": "x", "output": ["y"]}, "output is a list, not text"),
    ({"instruction": "x", "output": "a\0b"}, "NUL"),
    ({"instruction": "x", "output": "a\ud800b"}, "lone surrogate"),
    ({"instruction": "x", "output": "y", "history": [["a"]]}, "history is no list"),
    ({"conversations": [{"from": "elf", "value": "a"}]}, 'unknown role "elf"'),
    ({"conversations": [{"from": "human", "value": "a"}]}, "no turn of the assistant"),
    ({"conversations": {}}, "conversations is an object"),
    ({"messages": [{"role": [{"a": []}], "content": "a"}]}, "unknown role"),
    ({"messages": [{"role": "user", "content": [MEDIA]}, QA[1]]}, "text only is read"),
    ({"messages": []}, "messages is empty"),
    ({"messages": [{"role": DEEP, "content": "a"}]}, ""),
    ({"messages": ["a"]}, "a turn is"),
    ({"chosen": QA, "rejected": QA}, "chosen says nothing"),
    ({"__proto__": {}, "x": 1}, "it fits no layout; its fields are __proto__, x"),
    ({}, "it has no fields"),
]


def written(folder: Path, *records: Any) -> Path:
    file = folder / "records.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in records))
    return file


def records_in(file: Path, **asked: Any) -> list[Record]:
    dataset = read_dataset(str(file), Asked(**asked))
    read: Any = dataset.read
    return [read(sample) for sample in dataset.samples]


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_a_layout_makes_of_a_record(name: str, tmp_path: Path) -> None:
    for fields, messages, scored in GOOD[name]:
        assert fitting(fields) == [name]
        (record,) = records_in(written(tmp_path, fields))
        assert (record.layout, record.messages, list(record.scored)) == (
            name,
            tuple(messages),
            scored,
        )


def test_what_cannot_be_used_is_a_fault_with_its_line(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD["text"][0][0], *(fields for fields, _ in BAD))
    dataset = read_dataset(str(file), Asked())
    assert [one.path for one in dataset.samples] == ["records.jsonl#0"]
    for number, (fault, (_, said)) in enumerate(zip(dataset.faults, BAD, strict=True), 1):
        assert fault.path == f"records.jsonl#{number}"
        assert said in fault.error
        assert fault.error.endswith(f"(line {number + 1})")


def test_each_record_of_a_mixed_file_has_its_own_layout(tmp_path: Path) -> None:
    every = [fields for name in LAYOUTS for fields, _, _ in GOOD[name]]
    dataset = read_dataset(str(written(tmp_path, *every)), Asked())
    wanted = [name for name in LAYOUTS for _ in GOOD[name]]
    assert dataset.columns["layout"].tolist() == wanted
    assert not dataset.faults
    assert dataset.columns["turns"].tolist() == [len(m) for n in LAYOUTS for _, m, _ in GOOD[n]]


def test_records_that_fit_two_layouts_are_asked_about(tmp_path: Path) -> None:
    both = {"instruction": "i", "output": "o", "messages": QA}
    file = written(tmp_path, *[GOOD["alpaca"][0][0]] * 8, both)
    with pytest.raises(DLCError, match="alpaca and messages as well; choose with --layout alpaca"):
        read_dataset(str(file), Asked())
    assert records_in(file, layout="alpaca")[-1].messages[0].text == "i"
    rare = written(tmp_path, *[GOOD["alpaca"][0][0]] * 10, both)
    assert len(records_in(rare)) == 11
    with pytest.raises(DLCError, match="there is no layout 'nonsense'; expected one of alpaca"):
        read_dataset(str(file), Asked(layout="nonsense"))


def test_columns_by_name(tmp_path: Path) -> None:
    file = written(tmp_path, {"q": "Q", "a": "A", "turns": QA, "from": 7}, {"q": "Q"})
    pair = records_in(file, prompt_column="q", response_column="a", source_column="from")
    assert [one.messages for one in pair] == [(("user", "Q"), ("assistant", "A"))]
    assert (pair[0].source, pair[0].layout) == ("7", "named columns")
    assert records_in(file, messages_column="turns")[0].messages[1].text == "Hello."
    for asked, said in (
        ({"prompt_column": "q"}, "without --response-column"),
        ({"prompt_column": "q", "messages_column": "turns"}, "name either"),
        ({"messages_column": "nope"}, "holds no record that can be read"),
    ):
        with pytest.raises(DLCError, match=said):
            records_in(file, **asked)


def test_where_a_record_is_from(tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    for name in ("b.jsonl", "a.jsonl"):
        written(tmp_path, {"text": name}, {"text": "x", "source": "S"}).rename(
            tmp_path / "many" / name
        )
    said = [(one.id, one.source, one.raw.file.name) for one in records_in(tmp_path / "many")]
    assert said == [(0, "a.jsonl", "a.jsonl"), (1, "S", "a.jsonl"), (2, "b.jsonl", "b.jsonl"),
                    (3, "S", "b.jsonl")]  # fmt: skip
    (dolly,) = records_in(written(tmp_path, GOOD["dolly"][0][0]))
    assert (dolly.source, dolly.input) == ("qa", "Tom.")
