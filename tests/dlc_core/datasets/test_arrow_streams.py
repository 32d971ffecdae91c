"""Saved datasets whose Arrow files let few bytes mean many."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import dlc_core as dlc
from dlc_core.errors import DLCError


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A folder of save_to_disk: 20 rows of one image."""
    import datasets

    features = datasets.Features({"image": datasets.Image(), "label": datasets.Value("string")})
    rows = {"image": [{"bytes": b"x", "path": None}] * 20, "label": ["oak", "fir"] * 10}
    datasets.disable_progress_bars()
    datasets.Dataset.from_dict(rows, features).save_to_disk(str(tmp_path / "saved"))
    return tmp_path / "saved"


def again(saved: Path, change: Callable[[Any], Any], **how: Any) -> None:
    """Write the table anew, as no such folder is."""
    file = next(saved.glob("*.arrow"))
    table = pa.ipc.open_stream(file.read_bytes()).read_all()
    found = change(table).replace_schema_metadata(table.schema.metadata)
    with pa.ipc.new_stream(file, found.schema, options=pa.ipc.IpcWriteOptions(**how)) as stream:
        stream.write_table(found)


def label_as(table: Any, cells: Any) -> Any:
    return table.set_column(1, "label", cells)


def encoded(table: Any) -> Any:
    import pyarrow.compute as pc

    return label_as(table, pc.run_end_encode(table["label"].combine_chunks()))


def nested(table: Any) -> Any:
    cells = pa.array([{"a": ["x"]}] * 20, pa.struct([("a", pa.list_(pa.string_view()))]))
    return table.append_column("more", cells)


@pytest.mark.parametrize(
    ("change", "how", "words"),
    [
        (lambda table: table, {"compression": "zstd"}, "compressed columns"),
        (lambda table: table, {"compression": "lz4"}, "compressed columns"),
        (lambda table: label_as(table, table["label"].dictionary_encode()), {}, "dictionary"),
        (encoded, {}, "run_end_encoded"),
        (lambda table: label_as(table, table["label"].cast(pa.string_view())), {}, "string_view"),
        (nested, {}, "string_view"),
    ],
)
def test_what_save_to_disk_does_not_write(
    saved: Path, change: Callable[[Any], Any], how: dict[str, Any], words: str
) -> None:
    again(saved, change, **how)
    with pytest.raises(DLCError, match=f"refused: it holds .*{words}.*save it again"):
        dlc.load_dataset(str(saved))


def test_what_it_writes(saved: Path) -> None:
    assert len(dlc.load_dataset(str(saved)).samples) == 20
    again(saved, lambda table: table)
    assert len(dlc.load_dataset(str(saved)).samples) == 20


def test_a_label_as_long_as_a_book_is_a_short_fault(saved: Path) -> None:
    again(saved, lambda table: label_as(table, pa.array(["x" * 100_000] * 20)))
    data = dlc.load_dataset(str(saved))
    assert not data.samples
    assert {len(fault.label) for fault in data.faults} == {200}
    assert max(len(fault.path) for fault in data.faults) <= 400
