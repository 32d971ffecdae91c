"""Every file that dlc writes is recognised by its content; every hostile one is one sentence."""

from __future__ import annotations

import io
import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dlc_core as dlc
from dlc_core.cli import main
from dlc_core.decisions import read_log, record, take_over
from dlc_core.errors import DLCError
from dlc_core.export import EXPORTERS, FORMATS, encode_subset
from dlc_core.recipes import Recipe, recipe_record, run_candidates, subset_of
from dlc_core.reimport import recognised
from dlc_core.runs import Run

BACK = [*EXPORTERS, "fiftyone"]


@pytest.fixture
def decided(digits_run: Run, tmp_path: Path) -> Run:
    """A run in which something is decided."""
    run = Run.open(shutil.copytree(digits_run.path, tmp_path / "decided"))
    record(run.path, [1, 2, 3], by="t", verdict="pin")
    record(run.path, [3, 4], by="t", verdict="exclude", note="=odd")
    record(run.path, [5], by="t", relabel="7")
    return run


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def parquet(**columns: Any) -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer)
    return buffer.getvalue()


def npy(array: Any, *, pickled: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=pickled)
    return buffer.getvalue()


@pytest.mark.parametrize("format_name", BACK)
@pytest.mark.parametrize("part", ["kept", "both"])
def test_subsets_of_every_format_that_is_read_back(
    digits_run: Run, format_name: str, part: str
) -> None:
    subset = dlc.select(digits_run, keep_ratio=0.1)
    part = part if FORMATS[format_name].both else "kept"
    found = recognised(digits_run, encode_subset(digits_run, subset, format_name, part=part))
    assert found.named is not None
    assert found.record is None
    assert found.decisions is None
    assert found.named.ids.tolist() == subset.ids.tolist()
    assert found.named.unknown == 0
    assert found.by_id == (format_name == "npy")
    assert found.what.startswith("a subset (")


def test_paths_come_before_ids(digits_run: Run) -> None:
    paths = digits_run.samples["path"].tolist()
    table = pd.DataFrame({"id": [0, 1, 2], "path": [paths[7], "gone.png", paths[5]]})
    found = recognised(digits_run, table.to_csv(index=False).encode())
    assert found.named is not None
    assert (found.named.ids.tolist(), found.named.unknown) == ([5, 7], 1)
    by_id = recognised(digits_run, b"\xef\xbb\xbfid\r\n3\r\n3\r\n99999\r\n-4\r\n1.5\r\nx\r\n")
    assert by_id.named is not None
    assert by_id.named.ids.tolist() == [3]
    assert by_id.named.unknown == 4
    assert by_id.by_id


def test_a_formula_in_a_name_is_undone(folder: Path, tmp_path: Path) -> None:
    (folder / "cats" / "0.png").rename(folder / "cats" / "x.png")
    (folder / "cats").rename(folder / "=cats, \N{CAT FACE}")
    assert main(["score", str(folder), "--masks", "1", "--out", str(tmp_path / "run")]) == 0
    run = Run.open(tmp_path / "run")
    subset = dlc.select(run, keep_ratio=1.0)
    for format_name in BACK:
        found = recognised(run, encode_subset(run, subset, format_name))
        assert found.named is not None
        assert len(found.named.ids) == 12


def test_a_recipe_is_rebuilt(decided: Run, digits_run: Run) -> None:
    samples = run_candidates(decided)
    value = recipe_record(decided, samples, subset_of(decided, samples, Recipe(seed=4)))
    found = recognised(decided, as_json({**value, "extra": "x" * 10_000}))
    assert found.what == "a recipe"
    assert found.record == value  # what is not ours is left out
    assert found.rebuilt is not None
    assert (found.rebuilt.same, found.rebuilt.differences) == (True, ())
    assert found.decisions is not None
    assert found.decisions.counts == {"pin": 2, "exclude": 2, "relabel": 1}
    value["recipe"]["seed"] = 5
    value["run"]["backbone"] = "another" * 1000
    other = recognised(digits_run, as_json(value))
    assert other.rebuilt is not None
    assert not other.rebuilt.same
    assert all(len(text) < 500 for text in other.rebuilt.differences)


def test_decisions_printed_and_logged(
    decided: Run, digits_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decisions", str(decided.path), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    printed["decisions"].append({**printed["decisions"][0], "path": "elsewhere.png"})
    log = (decided.path / "decisions.jsonl").read_bytes()
    for number, (data, unknown) in enumerate(((as_json(printed), 1), (log, 0))):
        other = Run.open(shutil.copytree(digits_run.path, tmp_path / f"other{number}"))
        found = recognised(other, data)
        assert found.what == "decisions"
        assert found.by_id == (data is log)
        assert found.decisions is not None
        assert found.decisions.counts == {"pin": 2, "exclude": 2, "relabel": 1, "note": 2}
        assert found.decisions.unknown == unknown
        take_over(other, found.decisions, by="tab")
        ids = digits_run.samples["id"].to_numpy()
        one, two = (read_log(run.path).state(ids) for run in (decided, other))
        assert one.verdict.tolist() == two.verdict.tolist()
        assert (one.relabelled, one.notes) == (two.relabelled, two.notes)


GOOD: dict[str, Any] = {"pinned": [], "excluded": [], "relabelled": {}}
PARTS = {"format": 1, "dataset": {}, "run": {}, "decisions": GOOD, "subset": {}}
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "it is empty"),
    "blank": (lambda: b" \n\t ", "it is empty"),
    "byte order mark": (lambda: b"\xef\xbb\xbf\n", "it is empty"),
    "random bytes": (lambda: bytes(range(128, 256)), "neither text"),
    "text": (lambda: b"Dear Sir,\nplease find", "no id or path"),
    "NULs": (lambda: b"id,path\n1,\0\0\n", "NUL"),
    "one endless line": (lambda: b"id," * 100_000, "without lines"),
    "wide CSV": (lambda: b"a," * 9_000 + b"id\n" + b"1," * 9_001 + b"\n", "is in this run"),
    "ragged CSV": (lambda: b"id,path\n1,2,3,4\n1\n" + b'1,"' * 9, "no CSV"),
    "ids beyond": (lambda: b"id\n5000\n999999999999999999999999\nnan\ninf\n1e3\n", "none of the 5"),
    "other data": (lambda: b"path\ncats/0.png\n", "none of the 1 sample it names by path"),
    "nothing kept": (lambda: b"id,status\n1,dropped\n", "keeps no sample"),
    "no rows": (lambda: b"id,path\n", "keeps no sample"),
    "status only": (lambda: b"status\nkept\n", "no id or path"),
    "brackets": (lambda: b"[" * 1_000_000, "nests too deep"),
    "closed brackets": (lambda: b"[" * 900_000 + b"]" * 900_000, "nests too deep"),
    "many brackets": (lambda: b"[" + b"[]," * 3_000_000, "parts"),
    "deep line": (lambda: b'{"id": 1}\n' + b"[" * 100_000, "line 2 cannot be read"),
    "torn JSON": (lambda: b'{"samples": [{"id": 1}, {"id"', "line 1 cannot be read"),
    "other JSON": (lambda: b'{"type": "FeatureCollection"}', "of another kind"),
    "list of numbers": (lambda: b"[1, 2]", "no list of objects"),
    "samples is text": (lambda: b'{"samples": "abc"}', "no list of objects"),
    "samples of lists": (lambda: b'{"samples": [{"id": [1], "path": {}}]}', "says of no sample"),
    "no samples": (lambda: b'{"samples": []}', "says of no sample"),
    "JSON lines of numbers": (lambda: b"[1]\n[2]\n", "no list of objects"),
    "huge numbers": (lambda: b'[{"id": 1e999}, {"id": -1e999}, {"id": NaN}]', "none of the"),
    "digits": (lambda: b'[{"id": ' + b"9" * 5_000 + b"}]", "cannot be read"),
    "pickle": (lambda: pickle.dumps([1, 2]), "a pickle"),
    "pickled array": (lambda: npy(np.array([{}], dtype=object), pickled=True), "pickled objects"),
    "floats": (lambda: npy(np.arange(3.0)), "array of float64"),
    "two dimensions": (lambda: npy(np.zeros((2, 2), dtype=np.int64)), "shape (2, 2)"),
    "cut array": (lambda: npy(np.arange(100))[:-5], "cut off"),
    "array of magic": (lambda: b"\x93NUMPY", "cannot be read"),
    "huge shape": (lambda: npy(np.arange(3)).replace(b"(3,), ", b"(9" + b"9" * 14 + b",), "), ""),
    "empty array": (lambda: npy(np.empty(0, dtype=np.int64)), "keeps no sample"),
    "npz": (lambda: b"PK\x03\x04" + bytes(50), "a ZIP archive"),
    "gzip": (lambda: b"\x1f\x8b\x08" + bytes(50), "gzip"),
    "cut Parquet": (lambda: parquet(id=[1, 2])[:-20], "Parquet file that cannot be read"),
    "Parquet magic": (lambda: b"PAR1PAR1", "Parquet file that cannot be read"),
    "garbled Parquet": (lambda: garbled(parquet(id=[*range(999)])), "cannot be read"),
    "nested Parquet": (lambda: parquet(id=[[1], [2]]), "lists or objects"),
    "Parquet of others": (lambda: parquet(a=[1], b=["x"]), "says of no sample"),
    "Parquet, wrong types": (lambda: parquet(path=[1, 2], id=["a", "b"]), "none of the 2"),
    "decides nothing": (lambda: b'{"decisions": []}', "decides nothing"),
    "decisions of text": (lambda: b'{"decisions": "abc"}', "it holds no decisions"),
    "unknown verdict": (
        lambda: as_json(
            {"decisions": [{"path": "a", "verdict": "burn", "relabel": None, "note": None}]}
        ),
        "unknown verdict 'burn'",
    ),
    "long note": (
        lambda: as_json(
            {"decisions": [{"path": "a", "verdict": None, "relabel": None, "note": "x" * 9_999}]}
        ),
        "2,000 characters",
    ),
    "log of nothing": (lambda: b'{"event": 1}\n{"event": 2}\n', "no line of it"),
    "recipe of a newer format": (
        lambda: as_json({**PARTS, "recipe": {}, "format": 99}), "newer format",
    ),
    "recipe without parts": (lambda: as_json({"recipe": {}, "subset": {}}), "it is no recipe"),
    "seed too large": (lambda: as_json({**PARTS, "recipe": {"seed": 2**40}}), "whose seed is"),
    "seed of text": (lambda: as_json({**PARTS, "recipe": {"seed": "0"}}), "whose seed is 0"),
    "keep of nothing": (lambda: as_json({**PARTS, "recipe": {"keep_ratio": 0}}), "keep_ratio"),
    "keep NaN": (lambda: b'{"recipe": {"keep_ratio": NaN}, ' + as_json(PARTS)[1:], "keep_ratio"),
    "unknown value": (lambda: as_json({**PARTS, "recipe": {"colour": 1}}), "knows no 'colour'"),
    "unknown strategy": (lambda: as_json({**PARTS, "recipe": {"strategy": "x"}}), "'x'"),
    "odd scope": (lambda: as_json({**PARTS, "recipe": {"scope": ["class"]}}), "wrong type"),
    "odd decisions": (
        lambda: as_json({**PARTS, "recipe": {}, "decisions": {**GOOD, "pinned": "abc"}}),
        "it holds no decisions",
    ),
    "half a character": (
        lambda: as_json({**PARTS, "recipe": {}, "decisions": {**GOOD, "pinned": ["\ud800"]}}),
        "no file can hold",
    ),
}  # fmt: skip


def garbled(data: bytes) -> bytes:
    """Return a file whose first pages are noise."""
    noise = np.random.default_rng(0).integers(0, 256, 600, dtype=np.uint8).tobytes()
    return data[:4] + noise + data[604:]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_one_sentence(digits_run: Run, name: str) -> None:
    make, expected = HOSTILE[name]
    with pytest.raises(DLCError) as caught:
        recognised(digits_run, make())
    text = str(caught.value)
    assert expected in text
    assert text.endswith((".", "?"))
    assert "\n" not in text


def test_what_is_too_large_is_not_read(digits_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlc_core.reimport.recognise.MOST_BYTES", 10)
    with pytest.raises(DLCError, match="larger than"):
        recognised(digits_run, b"id\n1\n2\n3\n4\n5\n")
    monkeypatch.undo()
    monkeypatch.setattr("dlc_core.reimport.subset_file._MOST_ROWS", 10)
    with pytest.raises(DLCError, match="11 rows, more than"):
        recognised(digits_run, parquet(id=[*range(11)]))
