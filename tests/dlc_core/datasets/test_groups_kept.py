"""The column of groups is kept whatever it is called, and as text whatever it holds."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import dlc_core as dlc
from dlc_core.cli import main
from dlc_core.runs.group_column import column_groups, group_column_of

LONG = [2**53 + 1 + 2 * (row // 2 % 4) for row in range(8)]


def png(row: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (30 * row, 99, 99)).save(buffer, "PNG")
    return buffer.getvalue()


def images(folder: Path) -> pd.DataFrame:
    for row in range(8):
        (folder / f"{row}.png").write_bytes(png(row))
    paths = [f"{row}.png" for row in range(8)]
    return pd.DataFrame({"path": paths, "label": ["a", "b"] * 4})


@pytest.mark.parametrize("column", ["id", "last", "label", "f\u00fcr"])
def test_it_is_kept_whatever_it_is_called(tmp_path: Path, column: str) -> None:
    table = images(tmp_path).assign(**{f"c{place}": place for place in range(60)})
    if column != "label":
        table[column] = LONG
    table.to_csv(tmp_path / "t.csv", index=False)
    run = tmp_path / "run"
    command = ["score", str(tmp_path / "t.csv"), "--masks", "1", "--backbone", "demo"]
    assert main([*command, "--group-column", column, "--out", str(run)]) == 0
    scored = dlc.Run.open(run)
    assert len(scored.columns.columns) == 50
    name = group_column_of(scored)
    assert name is not None
    expected = ["a", "b"] * 4 if column == "label" else list(map(str, LONG))
    assert list(column_groups(scored, name)) == expected


def test_groups_that_are_lists_are_refused(tmp_path: Path) -> None:
    images(tmp_path).assign(who=pd.Series([[1, 2]] * 8)).to_json(
        tmp_path / "t.json", orient="records"
    )
    with pytest.raises(dlc.DLCError, match="'who' holds lists or objects"):
        dlc.load_dataset(tmp_path / "t.json", group_column="who")


def test_members_of_shards(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "t.tar", "w") as tar:
        for row, patient in enumerate(LONG):
            more = {
                "label": "ab"[row % 2],
                "patient": None if row == 5 else patient,
                "uid": patient,
            }
            for name, data in (
                (f"{row}.png", png(row)),
                (f"{row}.json", json.dumps(more).encode()),
            ):
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    texts = [None if row == 5 else str(patient) for row, patient in enumerate(LONG)]
    grouped = dlc.load_dataset(tmp_path / "t.tar", group_column="patient")
    assert grouped.columns["patient"].tolist() == texts
    assert grouped.columns["uid"].tolist() == LONG
    plain = dlc.load_dataset(tmp_path / "t.tar").columns["patient"]
    assert [None if pd.isna(one) else str(one) for one in plain] == texts
