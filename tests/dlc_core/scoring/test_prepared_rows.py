from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.scoring.prepared_rows import batches

STORE = np.arange(10 * 2 * 2 * 3, dtype=np.uint8).reshape(10, 2, 2, 3)
WANTED = [slice(0, 4), slice(4, 8), slice(8, 10)]


@pytest.mark.parametrize("ahead", [False, True])
def test_batches_come_in_order_whether_or_not_one_reads_ahead(ahead: bool) -> None:
    found = list(batches(lambda rows: STORE[rows], WANTED, ahead=ahead))
    assert [rows for rows, _ in found] == WANTED
    np.testing.assert_array_equal(np.concatenate([pixels for _, pixels in found]), STORE)
    assert list(batches(lambda rows: STORE[rows], [], ahead=ahead)) == []


@pytest.mark.parametrize("ahead", [False, True])
def test_what_cannot_be_read_is_raised_where_it_is_taken(ahead: bool) -> None:
    def read(rows: slice) -> NDArray[np.uint8]:
        if rows.start == 4:
            raise EOFError("the file was cut short")
        return STORE[rows]

    taken = batches(read, WANTED, ahead=ahead)
    assert next(taken)[0] == WANTED[0]
    with pytest.raises(EOFError, match="cut short"):
        next(taken)
