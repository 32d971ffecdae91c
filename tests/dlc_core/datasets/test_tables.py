from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import dlc_core as dlc


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"path": ["a", "b"], "labels": ["cat|dog", "dog"]}, "multi-label table"),
        ({"path": ["a", "b"], "cat": [1, 1], "dog": [0, 1]}, "multi-label table"),
        ({"path": ["a", "b"], "label": [0.25, 3.75]}, "regression table"),
        ({"path": ["a", "b"], "label": ["cat", "dog"]}, "tables are not read yet"),
    ],
)
def test_tables_are_refused_with_the_reason(
    tmp_path: Path, columns: dict[str, list[object]], words: str
) -> None:
    table = pd.DataFrame(columns)
    table.to_csv(tmp_path / "t.csv", index=False)
    table.to_parquet(tmp_path / "t.parquet", index=False)
    for name in ("t.csv", "t.parquet"):
        with pytest.raises(dlc.DLCError, match=words):
            dlc.load_dataset(tmp_path / name)


def test_lists_of_labels_and_damaged_tables(tmp_path: Path) -> None:
    pd.DataFrame({"path": ["a"], "label": [["cat", "dog"]]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(dlc.DLCError, match="holds lists"):
        dlc.load_dataset(tmp_path / "t.parquet")
    (tmp_path / "bad.parquet").write_bytes(b"no parquet")
    with pytest.raises(dlc.DLCError, match="cannot read the table"):
        dlc.load_dataset(tmp_path / "bad.parquet")
