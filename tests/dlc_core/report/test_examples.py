"""The easiest and hardest of a class, and pictures that are missing, broken or too large."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from dlc_core.decisions import read_log, record
from dlc_core.recipes import select
from dlc_core.report.examples import EACH, strips
from dlc_core.report.kept import kept_of
from dlc_core.runs import Run
from dlc_core.thumbnails import SIDE
from tests.by_hand import without_digests


def _strips(run: Run, shown: list[int]) -> list[tuple[list[str], list[str]]]:
    decided = read_log(run.path).state(run.samples["id"].to_numpy())
    kept = kept_of(run, select(run, keep_ratio=0.5), decided)
    return [
        ([tile.path for tile in strip.easiest], [tile.path for tile in strip.hardest])
        for strip in strips(run, kept, shown)
    ]


def test_they_are_the_ends_of_the_class_in_order(synthetic: Run) -> None:
    samples = synthetic.samples.sort_values("score")
    for class_id, (easiest, hardest) in enumerate(_strips(synthetic, list(range(20)))):
        own = samples.loc[samples["class_id"] == class_id, "path"].tolist()
        assert (easiest, hardest) == (own[:EACH], own[-EACH:])


@pytest.mark.parametrize("left", range(1, 10))
def test_no_sample_is_shown_twice(own: Run, left: int) -> None:
    table = own.samples
    rows = table.index[table["class_id"] == 0][:left]
    table.loc[rows].to_parquet(own.path / "samples.parquet")
    without_digests(own.path)
    ((easiest, hardest),) = _strips(Run.open(own.path), [0])
    shown = easiest + hardest
    assert len(set(shown)) == len(shown) == min(left, 2 * EACH)


def test_what_became_of_a_sample_is_said(own: Run) -> None:
    ranks = own.samples[own.samples["class_id"] == 0].sort_values("class_rank")
    hard = ranks["id"].tolist()[:2]
    record(own.path, hard[:1], by="test", verdict="exclude")
    record(own.path, hard[1:], by="test", verdict="pin")
    decided = read_log(own.path).state(own.samples["id"].to_numpy())
    subset = select(own, keep_ratio=0.5)
    (strip,) = strips(own, kept_of(own, subset, decided), [0])
    assert [tile.fate for tile in strip.hardest[::-1]][:2] == ["excluded", "pinned"]
    held = set(own.samples["path"].iloc[subset.positions])
    for tile in (*strip.easiest, *strip.hardest):
        assert (tile.path in held) == (tile.fate in ("kept", "pinned"))


def _with_pictures(run: Run, data: bytes) -> Run:
    """Give every sample of a run the same picture."""
    count = len(run.samples)
    (run.path / "thumbnails.bin").write_bytes(data)
    ends = np.concatenate([[0], np.full(count, len(data))]).astype(np.int64)
    ends[:-1] = 0
    # Every sample but the last is empty: the last one holds the bytes.
    np.save(run.path / "thumbnails.npy", ends)
    return run


def test_broken_pictures_are_none_and_large_ones_are_made_small(own: Run) -> None:
    last = own.samples.iloc[-1]
    decided = read_log(own.path).state(own.samples["id"].to_numpy())
    kept = kept_of(own, select(own), decided)

    def shown(data: bytes) -> str:
        _with_pictures(own, data)
        (strip,) = strips(own, kept, [int(last["class_id"])])
        tiles = {tile.path: tile.picture for tile in (*strip.easiest, *strip.hardest)}
        return tiles.get(last["path"], "not shown")

    table = own.samples.assign(class_rank=lambda t: t["class_rank"].where(t["id"] != last["id"], 0))
    table.to_parquet(own.path / "samples.parquet")
    without_digests(own.path)
    own = Run.open(own.path)  # its last sample is the hardest of its class now
    assert shown(b"") == ""
    assert shown(b"<svg onload=alert(1)>") == ""
    assert shown(b"\x89PNG\r\n\x1a\n broken") == ""
    noise = np.random.default_rng(0).integers(0, 256, (900, 700, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    uri = shown(buffer.getvalue())
    assert uri.startswith("data:image/jpeg;base64,")
    small = Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1])))
    assert max(small.size) == SIDE
    assert len(uri) < 60_000
