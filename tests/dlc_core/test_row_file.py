from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from dlc_core.row_file import RowFile


def test_rows_are_appended_read_and_cut_back(tmp_path: Path) -> None:
    values = np.arange(60, dtype=np.float32).reshape(5, 3, 4)
    with closing(RowFile(tmp_path / "rows.bin", (3, 4), np.float32)) as file:
        file.append(values[:2])
        file.append(values[2:])
        assert len(file) == 5
        np.testing.assert_array_equal(file.read(1, 4), values[1:4])
        np.testing.assert_array_equal(file.mapped(), values)
        out = np.empty((2, 3, 4), np.float32)
        assert file.read(3, 5, out) is out
        np.testing.assert_array_equal(out, values[3:])
        with pytest.raises(EOFError, match=r"rows\.bin has 5 rows, 6 are needed"):
            file.read(4, 6)
        file.keep(2)
        assert len(file) == 2
    with closing(RowFile(tmp_path / "rows.bin", (3, 4), np.float32)) as again:
        np.testing.assert_array_equal(again.mapped(), values[:2])


def test_half_a_row_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "rows.bin").write_bytes(b"x" * 21)
    with closing(RowFile(tmp_path / "rows.bin", (), np.float64)) as file:
        assert len(file) == 2
        file.keep(2)
        file.append(np.array([7.0]))
        assert file.read(2, 3)[0] == 7.0
