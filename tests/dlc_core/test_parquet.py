"""Parquet and Arrow files of a few kB that would fill the memory, wherever a stranger's is read."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dlc_core as dlc
from dlc_core import parquet
from dlc_core.datasets import parquet_rows
from dlc_core.datasets.metadata_folder import takes_metadata
from dlc_core.datasets.table_reading import read_table, table_in
from dlc_core.errors import DLCError
from dlc_core.export import read_ids
from dlc_core.export.read_back import score_table
from dlc_core.issues import read_issues
from dlc_core.runs import Run
from dlc_core.scores.registry import read_kept
from tests.by_hand import without_digests

ROOM = 8_000_000
ROWS = 200
LONG = "x" * 100_000  # 20 MB in all rows
Columns = dict[str, Any]
PLAIN: dict[str, Any] = {"use_dictionary": False, "compression": "zstd"}


@pytest.fixture(autouse=True)
def _little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "memory_room", lambda: ROOM)
    monkeypatch.setattr("dlc_core.decompression_limits.SMALL", 1 << 20)


def again(value: Any, kind: Any = None) -> Any:
    return pa.array([value] * ROWS, kind)


def wrote(file: Path, columns: Columns, **how: Any) -> Path:
    names = {"path": again("a.png"), "label": again("oak")}
    if len(next(iter(columns.values()))) != ROWS:
        names = {}
    pq.write_table(pa.table({**names, **columns}), file, **how)
    assert file.stat().st_size < 200_000
    return file


GROWING: dict[str, tuple[Callable[[], Columns], dict[str, Any]]] = {
    "a path again and again": (lambda: {"path": again(LONG)}, {}),
    "large text": (lambda: {"more": again(LONG, pa.large_string())}, {}),
    "views": (lambda: {"more": again(LONG, pa.string_view())}, {"store_schema": False}),
    "bytes": (lambda: {"more": again(LONG.encode())}, {}),
    "bytes of one length": (lambda: {"more": again(LONG.encode(), pa.binary(len(LONG)))}, {}),
    "categories": (lambda: {"label": again(LONG).dictionary_encode()}, {}),
    "differences": (
        lambda: {"path": again(LONG)},
        {**PLAIN, "column_encoding": {"path": "DELTA_BYTE_ARRAY", "label": "PLAIN"}},
    ),
    "lengths": (
        lambda: {"path": again(LONG)},
        {**PLAIN, "column_encoding": {"path": "DELTA_LENGTH_BYTE_ARRAY", "label": "PLAIN"}},
    ),
    "packed pages": (lambda: {"path": again(LONG)}, PLAIN),
    "lists": (lambda: {"more": again([LONG])}, {}),
    "lists of one": (lambda: {"more": again([LONG], pa.list_(pa.string(), 1))}, {}),
    "maps": (lambda: {"more": again([("a", LONG)], pa.map_(pa.string(), pa.string()))}, {}),
    "objects": (lambda: {"more": again({"a": {"b": LONG}})}, {}),
    "lists of numbers": (lambda: {"more": again(np.zeros(5_000, np.int8))}, {}),
    "rows of one number": (
        lambda: {"path": pa.nulls(10**6, pa.string()), "label": pa.nulls(10**6)},
        {},
    ),
    "rows of nothing": (lambda: {"path": pa.nulls(10**6), "label": pa.nulls(10**6)}, {}),
}


@pytest.mark.parametrize(("columns", "how"), GROWING.values(), ids=GROWING)
def test_what_grows_is_refused_before_it_does(
    columns: Callable[[], Columns], how: dict[str, Any], tmp_path: Path
) -> None:
    file = wrote(tmp_path / "a.parquet", columns(), **how)
    usual = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(pool)
    try:
        with pytest.raises(DLCError, match=r"a\.parquet is refused: .* grow to more than .*a bomb"):
            read_table(file)
    finally:
        pa.set_memory_pool(usual)
    assert pool.max_memory() < (50_000_000 if how is PLAIN else 4_000_000)
    with pytest.raises(DLCError, match="refused"):
        table_in(file.read_bytes(), "a.parquet")
    with pytest.raises(DLCError, match="refused"):
        parquet.require_room(file)


def test_few_labels_of_many_rows_are_no_bomb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They unpack to thousands of times their bytes, too."""
    monkeypatch.setattr(parquet, "memory_room", lambda: 1 << 30)
    labels = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(10**6, np.int32)), ["a label of forty letters, which is usual"]
    )
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"label": labels.cast(pa.string())}), file)
    assert file.stat().st_size * 1000 < 40 * 10**6
    assert read_table(file)["label"].nunique() == 1


@pytest.mark.parametrize("rows", [None, 1, 20])
@pytest.mark.parametrize("name", ["lists", "objects", "maps", "categories", "differences"])
def test_what_fits_is_what_pyarrow_reads(name: str, rows: int | None, tmp_path: Path) -> None:
    columns, how = GROWING[name]
    small = {key: cells[:5] for key, cells in columns().items()}
    file = tmp_path / "a.parquet"
    table = pa.table({"path": list("abcde"), "label": list("aabbb"), **small})
    pq.write_table(table, file, row_group_size=3, **how)
    found = parquet.read_parquet(file, "a", rows=rows)
    with pq.ParquetFile(file) as plain:
        known = plain.read().slice(0, rows)
    by_name = sorted(range(found.num_columns), key=found.column_names.__getitem__)
    known_by_name = sorted(range(known.num_columns), key=known.column_names.__getitem__)
    for mine, theirs in zip(by_name, known_by_name, strict=True):
        assert (
            found.column(mine).slice(0, rows or 5).to_pylist() == known.column(theirs).to_pylist()
        )


def test_a_long_footer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = wrote(tmp_path / "a.parquet", {f"c{number}": [1] for number in range(300)})
    monkeypatch.setattr("dlc_core.parquet_sizes._FOOTER", 1000)
    with pytest.raises(DLCError, match=r"its footer takes [\d,]+ bytes \(a bomb"):
        read_table(file)
    with pytest.raises(DLCError, match="its footer takes"):
        dlc.load_dataset(str(file))


def test_an_image_again_and_again_is_read_once_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_rows, "_KEPT", 250_000)
    file = tmp_path / "a.parquet"
    wrote(file, {"image": again({"bytes": LONG.encode(), "path": "a"})})
    data = dlc.load_dataset(str(file))
    before = pa.total_allocated_bytes()
    assert data.encoded is not None
    for sample in data.samples[::20]:
        assert len(data.encoded(sample)) == len(LONG)
        assert pa.total_allocated_bytes() - before < 6 * len(LONG)
    wrote(file, {"image": again({"bytes": b"x", "path": LONG})})
    with pytest.raises(DLCError, match="refused"):
        dlc.load_dataset(str(file))


def metadata_folder(file: Path, _run: Run) -> Any:
    file = file.rename(file.with_name("metadata.parquet"))
    assert not takes_metadata(str(file.parent))
    return read_table(file)


def samples(file: Path, run: Run) -> Any:
    shutil.copy(file, run.path / "samples.parquet")
    return Run.open(without_digests(run.path)).samples


def columns_of(file: Path, run: Run) -> Any:
    shutil.copy(file, run.path / "columns.parquet")
    return run.columns


def kinds(file: Path, run: Run) -> Any:
    shutil.copy(file, run.path / "kinds.parquet")
    return read_issues(run)


def own_score(file: Path, run: Run) -> Any:
    (run.path / "scores").mkdir()
    table = pq.read_table(file)
    pq.write_table(table.rename_columns(["id", "score", *table.column_names[2:]]),
                   run.path / "scores" / "mine.parquet")  # fmt: skip
    return read_kept(run, "mine")


@pytest.mark.parametrize("read", [
    lambda file, _: dlc.load_dataset(str(file)),
    lambda file, _: dlc.load_dataset(f"hf:{file}"),
    lambda file, _: dlc.load_dataset(f"hf:{file.parent}"),
    lambda file, _: read_ids(file),
    lambda file, run: dlc.export.read_scores(file, run),
    lambda file, run: dlc.export.read_groups(file, run, column="label"),
    lambda file, _: score_table(file.read_bytes(), file.name),
    metadata_folder, samples, columns_of, kinds, own_score,
])  # fmt: skip
def test_every_reader_of_strangers_files(
    read: Callable[[Path, Run], Any], tmp_path: Path, digits_run: Run
) -> None:
    (tmp_path / "in").mkdir()
    file = wrote(tmp_path / "in" / "a.parquet", {"path": again(LONG), "label": again(LONG)})
    run = Run.open(without_digests(shutil.copytree(digits_run.path, tmp_path / "run")))
    with pytest.raises(DLCError, match="refused") as found:
        read(file, run)
    assert len(str(found.value)) < 500
