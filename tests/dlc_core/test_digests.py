"""Digests of a run's files: each writer leaves right ones, each changed bit is told."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.corruption import OTHERS, damage, make_run
from dlc_core.atomic_files import write_atomically, write_json
from dlc_core.cli import main
from dlc_core.decisions import read_log, record
from dlc_core.digests import file_digest, read_sums, record_digest, sum_file
from dlc_core.errors import DLCError
from dlc_core.evidence.store import open_record, read_record
from dlc_core.issues import read_issues, read_neighbours
from dlc_core.recipes.saved import saved_recipes
from dlc_core.reimport.shown_subset import kept_ids
from dlc_core.runs import Run
from dlc_core.runs.contents import CONTENTS, NOT, content_of, files_of
from dlc_core.runs.reduced_features import stored_components
from dlc_core.runs.verify import verify
from dlc_core.scores import delete_scores, import_scores
from tests.by_hand import without_digests
from tests.conftest import MakeOnce

PRUNE = ["prune", "RUN", "--keep", "0.3"]
HERDING = ["--strategy", "herding"]  # it looks at features


@pytest.fixture(scope="module")
def full(make_once: MakeOnce) -> Path:
    """A small run that holds every kind of file; read only."""
    return make_once("full-run", make_run) / "runs" / "run"


@pytest.fixture
def run(full: Path, tmp_path: Path) -> Run:
    return Run.open(shutil.copytree(full, tmp_path / "run"))


def flip(file: Path, bit: int = -1) -> None:
    data = bytearray(file.read_bytes())
    place = len(data) * 4 if bit < 0 else bit
    data[place // 8] ^= 1 << (place % 8)
    file.write_bytes(data)


def test_every_file_of_a_run_has_a_digest_or_is_on_the_list_of_those_without(run: Run) -> None:
    there = {name: content_of(name) for name in files_of(run.path)}
    assert [name for name, content in there.items() if content is None] == []
    found = verify(run)
    assert (found.damaged, found.unchecked) == ((), ())
    assert set(found.whole) == {n for n, c in there.items() if c is not None and c.digest != NOT}
    met = {content.pattern for content in there.values() if content is not None}
    assert {content.pattern for content in CONTENTS if content.digest != NOT} <= met


def test_digests_are_what_plain_tools_say(run: Run) -> None:
    info = json.loads((run.path / "run.json").read_text())
    rest = {key: value for key, value in info.items() if key != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    (run.path / "canonical").write_text(text, encoding="utf-8")
    b2sum = shutil.which("b2sum")
    if b2sum is None:
        pytest.skip("b2sum is not here")

    def said(*words: str) -> str:
        command = [b2sum, "--length", "128", *words]
        return subprocess.run(
            command, cwd=run.path, check=True, capture_output=True
        ).stdout.decode()

    assert said("canonical").split()[0] == info["digest"]
    for name, (size, digest) in info["files"].items():
        assert (run.path / name).stat().st_size == size
        assert said(name).split()[0] == digest
    assert said("--check", "kinds.parquet.sum").strip() == "kinds.parquet: OK"


WRITERS: dict[str, Callable[[Run], Any]] = {
    "kinds": lambda run: main(["kinds", str(run.path)]),
    "project": lambda run: main(["project", str(run.path), "--method", "pca", "--seed", "2"]),
    "scores": lambda run: import_scores(run, "own", -np.arange(len(run.samples))),
    "probe": lambda run: main(["scores", str(run.path), "--make", "probe"]),
    "delete": lambda run: delete_scores(run, "own"),
    "evidence": lambda run: main(["evidence", str(run.path), "--keep", "0.4", "--seeds", "2"]),
    "decide": lambda run: record(run.path, [7], by="cli", verdict="pin"),
    "moved": lambda run: run.path.rename(run.path.with_name("other")),
}


@pytest.mark.parametrize("name", WRITERS)
def test_each_writer_leaves_right_digests(
    run: Run, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    WRITERS[name](run)
    capsys.readouterr()
    place = run.path if run.path.exists() else run.path.with_name("other")
    assert main(["info", str(place), "--verify"]) == 0
    said = capsys.readouterr().out
    assert "verified: as written" in said
    assert "not checked" not in said


def test_a_run_of_an_older_version_opens_and_says_that_it_is_not_checked(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    without_digests(run.path)
    assert main(["info", str(run.path), "--verify"]) == 0
    said = capsys.readouterr().out
    assert "not checked, as no digest is kept of it: " in said
    assert "features.npy" in said


def test_an_update_has_digests_of_its_own(
    full: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image

    images = shutil.copytree(full.parents[1] / "images", tmp_path / "images")
    (images / "photos.csv").unlink()
    words = ["score", str(images), "--backbone", "demo", "--masks", "2"]
    assert main([*words, "--out", str(tmp_path / "one")]) == 0
    Image.open(images / "a" / "0.png").rotate(90).save(images / "a" / "late.png")
    out = tmp_path / "two"
    assert main(["update", str(tmp_path / "one"), "--out", str(out)]) == 0
    assert verify(Run.open(out)).damaged == ()
    assert verify(Run.open(out)).unchecked == ()
    flip(tmp_path / "one" / "losses.npy")
    capsys.readouterr()
    assert main(["update", str(tmp_path / "one"), "--out", str(tmp_path / "three")]) == 2
    assert "losses.npy is damaged" in capsys.readouterr().err


def test_a_flipped_bit_of_any_file_is_told(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for name in verify(run).whole:
        file = run.path / name
        before = file.read_bytes()
        flip(file)
        assert main(["info", str(run.path), "--verify"]) == 2, name
        (said,) = capsys.readouterr().err.splitlines()
        assert file.name in said, name
        file.write_bytes(before)
    assert main(["info", str(run.path), "--verify"]) == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("features.npy", [*PRUNE, *HERDING, "--out", "OUT"]),
        ("features.npy", ["evidence", "RUN", "--keep", "0.4", "--seeds", "2"]),
        ("features.npy", ["kinds", "RUN"]),
        ("samples.parquet", [*PRUNE, "--out", "OUT"]),
        ("samples.parquet", ["decisions", "RUN"]),
        ("thumbnails.bin", ["kinds", "RUN"]),
        ("losses.npy", [*PRUNE, "--score", "unmasked", "--out", "OUT"]),
        ("kinds.parquet", [*PRUNE, "--without-copies", "--out", "OUT"]),
        ("neighbours.npy", [*PRUNE, "--score", "neighbours", "--out", "OUT"]),
        ("scores/own.parquet", [*PRUNE, "--score", "own", "--out", "OUT"]),
        ("run.json", [*PRUNE, "--out", "OUT"]),
    ],
)  # fmt: skip
def test_nothing_is_chosen_by_a_damaged_file(
    run: Run,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    words: list[str],
) -> None:
    file = run.path / name
    data = file.read_bytes()
    places = {"RUN": str(run.path), "OUT": str(tmp_path / "out.csv")}
    flipped = len(data) * 4
    for how in (flipped, *OTHERS):
        damage(file, data, how)
        assert main([places.get(word, word) for word in words]) == 2, how
        said = capsys.readouterr().err.splitlines()
        assert len(said[-1]) < 600
        assert not any("Traceback" in line for line in said)
        missing = how == "gone" and ("not known yet" in said[-1] or "has no score" in said[-1])
        assert missing or file.name in said[-1], how
        assert not (tmp_path / "out.csv").exists()


def test_what_is_not_needed_goes_on_with_a_caution(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["prune", str(run.path), "--keep", "0.3", "--out"]
    assert main([*words, str(tmp_path / "before.csv")]) == 0
    flip(run.path / "features.npy")
    capsys.readouterr()
    assert main([*words, str(tmp_path / "after.csv")]) == 0
    assert "dlc: caution: " in capsys.readouterr().err
    assert (tmp_path / "before.csv").read_bytes() == (tmp_path / "after.csv").read_bytes()


def test_what_can_be_made_again_is(run: Run) -> None:
    for name in ("pca.npy", "projection.parquet", "kinds.parquet", "neighbours.npy"):
        flip(run.path / name)
    assert stored_components(run) is None
    assert read_issues(run) is None
    assert read_neighbours(run) is None
    with pytest.raises(DLCError, match=r"projection\.parquet is damaged"):
        _ = Run.open(run.path).projection
    assert main(["kinds", str(run.path)]) == 0
    assert main(["project", str(run.path), "--method", "pca"]) == 0
    assert verify(Run.open(run.path)).damaged == ()


def test_damaged_recipes_ids_and_evidence_are_left_out(run: Run) -> None:
    flip(run.path / "subsets" / "mine.recipe.json")
    assert saved_recipes(run.path) == {}
    (file,) = (run.path / "subsets").glob("*.shown.npy")
    flip(file, file.stat().st_size * 8 - 60)
    assert kept_ids(run.path, file.name.partition(".")[0]) is None
    settings = {"a": [1, 2]}
    with open_record(run.path, settings) as (folder, _):
        pass
    flip(folder / "settings.json", 20)
    assert read_record(folder) is None
    with open_record(run.path, settings) as (_, writer):  # mended
        assert writer.record.settings == settings
    assert read_record(folder) is not None


def test_counts_are_compared_where_there_are_no_digests(run: Run) -> None:
    without_digests(run.path)
    for name, shape in (("losses", (2, 5)), ("features", (3, 4)), ("thumbnails", (4,))):
        file = run.path / f"{name}.npy"
        before = file.read_bytes()
        np.save(file, np.zeros(shape))
        assert f"{name}.npy" in Run.open(run.path).damage
        file.write_bytes(before)
    pictures = run.path / "thumbnails.bin"
    pictures.write_bytes(pictures.read_bytes()[:-3])
    assert "as thumbnails.npy says" in Run.open(run.path).damage["thumbnails.bin"]
    table = pd.read_parquet(run.path / "faults.parquet")
    table.iloc[:0].to_parquet(run.path / "faults.parquet")
    assert "expected 1 as run.json says" in Run.open(run.path).damage["faults.parquet"]
    table = pd.read_parquet(run.path / "samples.parquet")
    pd.concat([table, table]).to_parquet(run.path / "samples.parquet")
    with pytest.raises(DLCError, match="it has 48 rows, expected 24 as"):
        Run.open(run.path)


@pytest.mark.parametrize("moment", range(3))
def test_a_kill_between_file_and_sum_leaves_a_valid_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    file = tmp_path / "x.json"
    write_json(file, {"a": 1}, summed=True)
    old = file_digest(file)
    replace, calls = Path.replace, []

    def killed(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) > moment:
            raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            write_json(file, {"a": 2}, summed=True)
    assert file_digest(file) in (read_sums(file) or [])
    assert (file_digest(file) == old) == (moment < 2)
    write_json(file, {"a": 3}, summed=True)
    assert read_sums(file) == [file_digest(file)]


def test_a_file_without_a_sum_is_valid_until_it_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"old")

    def look(_file: object) -> None:
        assert read_sums(file) is None

    write_atomically(file, look, summed=True)
    assert read_sums(file) == [file_digest(file)]
    sum_file(file).write_bytes(b"\xff")
    assert read_sums(file) == []


def test_the_digest_of_a_record_leaves_itself_out() -> None:
    info = {"b": "ü", "a": 1.5}
    assert record_digest(info) == record_digest({"a": 1.5, "b": "ü", "digest": "x"})
    assert record_digest(info) != record_digest({"a": 1.5, "b": "u"})


def test_damaged_decisions_are_told_and_repaired_when_asked(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = run.path / "decisions.jsonl"
    lines = file.read_bytes().split(b"\n")
    lines[1] = lines[1].replace(b'"exclude"', b'"exclvde"')
    file.write_bytes(b"\n".join(lines))
    words = ["prune", str(run.path), "--keep", "0.3", "--out", str(tmp_path / "out.csv")]
    for command in (words, ["decisions", str(run.path)], ["info", str(run.path)]):
        assert main(command) == 2
        assert "line 2 is not what was written" in capsys.readouterr().err
    assert main([*words, "--ignore-decisions"]) == 0
    assert main(["decisions", str(run.path), "--repair"]) == 0
    assert len(read_log(run.path)) == 4
    assert lines[1] in (run.path / "decisions.damaged.jsonl").read_bytes()
    assert main([*words, "--overwrite"]) == 0


def test_no_single_flip_in_the_log_loses_a_decision_silently(run: Run) -> None:
    file = run.path / "decisions.jsonl"
    data = file.read_bytes()
    ids = run.samples["id"].to_numpy()

    def state() -> Any:
        found = read_log(run.path).state(ids)
        return found.verdict.tolist(), found.notes, found.relabelled

    before = state()
    for bit in range(0, len(data) * 8, 11):
        flip(file, bit)
        try:
            same = state() == before
        except DLCError as error:
            same = "is not what was written" in str(error)
        assert same, (bit // 8, bytes([data[bit // 8]]))
        file.write_bytes(data)


def test_a_cut_last_line_is_dropped(run: Run) -> None:
    file = run.path / "decisions.jsonl"
    data = file.read_bytes()
    start = data.rindex(b"\n", 0, -1) + 1
    for end in range(start + 1, len(data) - 1):
        file.write_bytes(data[:end])
        assert len(read_log(run.path)) == 4, data[start:end]
        record(run.path, [9], by="cli", verdict="pin")
        assert len(read_log(run.path)) == 5, data[start:end]
