"""Files of strangers: a look ends with 0 or 2, in one sentence, and shows nothing as it came."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from dlc_core.cli import main

GOOD = b'{"instruction": "i", "output": "o"}\n'
TURNS = {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}] * 10**4}
MARKUP = {"instruction": "<script>alert(1)</script>\x1b[2J\u202e", "output": "=cmd()\x07"}

# name: (content, exit code, what is said)
FILES: dict[str, tuple[bytes, int, str]] = {
    "cut.jsonl.gz": (gzip.compress(GOOD * 9999)[:-20], 2, "was it cut off?"),
    "nogzip.jsonl.gz": (b"\x00" * 99, 2, "cannot read nogzip.jsonl.gz"),
    "bomb.jsonl.gz": (gzip.compress(b" " * (1 << 26)), 2, "a bomb?"),
    "nul.jsonl": (GOOD + b"\x00" * 50 + b"\n", 0, "nul.jsonl#1 (line 2)"),
    "surrogate.jsonl": (GOOD + b'{"text": "\\ud800"}\n', 0, "surrogate.jsonl#1 (line 2)"),
    "deep.jsonl": (GOOD + b"[" * 10**6 + b"\n", 0, "nests too deep"),
    "deep.json": (b"[" * 10**6, 2, "it nests too deep"),
    "deep-closed.json": (b"[" + b"[" * 5000 + b"]" * 5000 + b"," + GOOD + b"]", 0, "too deep"),
    "branched.jsonl": (
        GOOD + b"[" + b"[]," * (10**6 + 1) + b"1]\n",
        0,
        "more than 1,000,000 parts",
    ),
    "cut.json": (b"[" + GOOD + b"," + GOOD[:9], 2, "cut.json is no JSON array from line 2"),
    "two.json": (b"[" + GOOD + b"] " + GOOD, 2, "more follows the array's end"),
    "brackets.json": (b"[}]", 2, "a bracket too many"),
    "scalars.json": (b"[1, 2, null]", 2, "scalars.json#0, the first of 3 faults: it is a number"),
    "word.json": (b'"word"', 2, "expected ["),
    "empty.jsonl": (b"", 2, "holds no record"),
    "empty.json": (b"[]", 2, "holds no record"),
    "empty.csv": (b"", 2, "holds no record"),
    "blank.json": (b"  ", 2, "expected ["),
    "utf16.jsonl": (GOOD.decode().encode("utf-16"), 2, "is UTF-16; save it as UTF-8"),
    "proto.jsonl": (b'{"__proto__": {"text": 1}}\n', 2, "it fits no layout"),
    "turns.jsonl": (json.dumps(TURNS).encode(), 0, "turns: 20000 1"),
    "markup.jsonl": (json.dumps(MARKUP).encode(), 0, r"\x1b[2J\u202e"),
    "wide.csv": (b"prompt,response" + b",x" * 2000 + b"\n", 2, "more than 1,000 columns"),
    "ragged.csv": (b"prompt,response\na,b\na,b,c,d\n", 2, "cannot read the table ragged.csv"),
    "latin.csv": (b"prompt,response\n" + b"a,b\n" * 300 + b"\xe9,b\n", 2, "not UTF-8 text"),
    "damaged.parquet": (b"PAR1" + b"\x00" * 99 + b"PAR1", 2, "cannot read the table"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_a_stranger(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, code, said = FILES[name]
    (tmp_path / name).write_bytes(content)
    assert main(["look", f"instructions:{tmp_path / name}"]) == code
    out, err = capsys.readouterr()
    assert said in out + err
    assert (code == 0) == (not err)
    assert len(err) < 700
    assert err.count("\n") <= 1
    assert not set(out + err) & {"\x1b", "\u202e", "\x07", "\x00"}


def test_what_is_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "zero.jsonl").symlink_to("/dev/zero")
    for name in ("pipe.jsonl", "zero.jsonl"):
        assert main(["look", f"instructions:{tmp_path / name}"]) == 2
        assert "is no regular file" in capsys.readouterr().err


def test_data_that_is_mostly_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlc_core.datasets.instructions.reader._MOST_FAULTS", 5)
    (tmp_path / "x.json").write_bytes(b"[" + GOOD + b",3" * 10**4 + b"]")
    assert main(["look", str(tmp_path / "x.json")]) == 2
    assert "x.json holds few records that can be read; x.json#1, the first of 6 faults" in (
        capsys.readouterr().err
    )
