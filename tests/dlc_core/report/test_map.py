"""The map in a report: where it is missing, damaged or degenerate, and what is named."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dlc_core.report.map import HEIGHT, WIDTH, draw_map
from dlc_core.runs import Run
from tests.by_hand import without_digests


def _with(run: Run, **columns: Any) -> Run:
    table = pd.read_parquet(run.path / "projection.parquet").assign(**columns)
    table.to_parquet(run.path / "projection.parquet")
    without_digests(run.path)
    return Run.open(run.path)


def test_both_panels_in_both_themes_have_twice_the_pixels(synthetic: Run) -> None:
    kept = np.zeros(len(synthetic.samples), dtype=np.bool_)
    found = draw_map(synthetic, kept, [0, 1])
    assert found is not None
    assert found.method == "UMAP"
    pictures = [*found.hardness.values(), *found.subset.values()]
    assert len(set(pictures)) == 4
    for uri in pictures:
        data = base64.b64decode(uri.removeprefix("data:image/png;base64,"))
        assert Image.open(io.BytesIO(data)).size == (2 * WIDTH, 2 * HEIGHT)


def test_kept_and_dropped_points_differ_in_colour(synthetic: Run) -> None:
    every = np.ones(len(synthetic.samples), dtype=np.bool_)
    found = draw_map(synthetic, every, [])
    assert found is not None
    assert found.subset == found.hardness  # nothing is faded, and the order is the same
    none = draw_map(synthetic, ~every, [])
    assert none is not None
    data = base64.b64decode(none.subset["light"].split(",")[1])
    colours = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).reshape(-1, 3)
    assert np.ptp(colours.astype(int), axis=1).max() < 20  # greys only


def test_names_stand_where_the_class_lies_and_never_on_each_other(own: Run) -> None:
    class_ids = own.samples["class_id"].to_numpy()
    x, y = np.array([0.0, 10, 0, 10])[class_ids], np.array([0.0, 0, 10, 10.0])[class_ids]
    found = draw_map(_with(own, x=x, y=y), class_ids == 0, [0, 1, 2, 3])
    assert found is not None
    at = {name.class_id: (name.left, name.top) for name in found.names}
    assert at[0][0] < 50 < at[1][0]
    assert at[0][1] > 50 > at[2][1]  # y grows upwards on a map
    crowded = draw_map(_with(own, x=0.0, y=0.0), class_ids == 0, [0, 1, 2, 3])
    assert crowded is not None
    assert len(crowded.names) == 1


def test_points_without_a_place_are_left_out(own: Run) -> None:
    x = np.arange(60.0)
    x[:7] = np.nan
    found = draw_map(_with(own, x=x), x > 30, [0])
    assert found is not None
    assert found.placed == 53
    assert draw_map(_with(own, x=np.full(60, np.nan)), x > 30, [0]) is None


@pytest.mark.parametrize("how", ["gone", "damaged", "other ids"])
def test_a_map_that_does_not_fit_is_no_map(own: Run, how: str) -> None:
    file = own.path / "projection.parquet"
    if how == "gone":
        file.unlink()
    elif how == "damaged":
        file.write_bytes(b"PAR1 no")
    else:
        pd.read_parquet(file).iloc[1:].to_parquet(file)
    assert draw_map(Run.open(own.path), np.ones(60, dtype=np.bool_), [0]) is None
