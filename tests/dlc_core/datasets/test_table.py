"""Tables of paths and labels: every format, what is guessed, and what is said of wrong ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dlc_core as dlc
from dlc_core.cli import main
from dlc_core.datasets.table_columns import classes_of
from tests.dlc_core.datasets.conftest import Files, as_image, same_scores, scored


def manifest(files: Files, **more: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"path": files.paths, "label": files.labels, **more})


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet", "json", "jsonl"])
def test_every_format_gives_the_scores_of_the_folder(
    digit_files: Files, tmp_path: Path, suffix: str
) -> None:
    table = manifest(digit_files, weight=[place / 4 for place in range(60)])
    file = tmp_path / f"photos.{suffix}"
    if suffix in ("csv", "tsv"):
        table.to_csv(file, index=False, sep="\t" if suffix == "tsv" else ",")
    elif suffix == "parquet":
        table.to_parquet(file)
    else:
        table.to_json(file, orient="records", lines=suffix == "jsonl")
    run = scored(file, "--image-root", str(digit_files.root), out=tmp_path / "run")
    same_scores(run, digit_files)
    assert run.samples["path"].tolist() == digit_files.paths
    assert run.info["dataset"]["kind"] == "table"
    np.testing.assert_array_equal(run.columns["weight"], table["weight"])


def test_a_label_of_thousands_of_digits_is_text() -> None:
    assert classes_of(["10", "9", "9" * 6000]) == ("10", "9", "9" * 6000)
    assert classes_of(["10", "9"]) == ("9", "10")


def test_a_header_of_very_many_columns_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("path,label" + ",x" * 10_000 + "\na.png,b\n")
    with pytest.raises(dlc.DLCError, match="it has 10,002 columns, at most 10,000 are taken"):
        dlc.load_dataset(file)


def test_columns_stay_with_their_samples(digit_files: Files, tmp_path: Path) -> None:
    root = digit_files.root
    table = manifest(
        digit_files,
        patient=[f"p{place % 7}" for place in range(60)],
        age=[None if place == 5 else 20 + place for place in range(60)],
        code=["007"] * 60,
        id=[f"x{place}" for place in range(60)],
        seen=[place % 2 == 0 for place in range(60)],
    )
    table.loc[3, "path"] = "3/missing.png"
    table.loc[8, "label"] = None
    table.to_csv(root.parent / "all.csv", index=False, sep=";")
    run = scored(
        root.parent / "all.csv", "--image-root", str(root), "--group-column", "patient",
        "--limit", "40", out=tmp_path / "run",
    )  # fmt: skip
    there = table.set_index("path")
    columns, samples = run.columns, run.samples
    assert list(columns) == ["patient", "age", "code", "source id", "seen"]
    expected = there.loc[samples["path"]]
    assert columns["patient"].tolist() == expected["patient"].tolist()
    np.testing.assert_array_equal(columns["age"], expected["age"].to_numpy(np.float64))
    assert set(columns["code"]) == {"007"}
    assert columns["source id"].tolist() == expected["id"].tolist()
    assert run.info["dataset"]["asked"]["group_column"] == "patient"
    faults = run.faults.set_index("path")["error"].to_dict()
    assert faults[digit_files.paths[8]] == "has no label"


def test_rows_that_name_no_usable_image_are_faults(digit_files: Files, tmp_path: Path) -> None:
    first = digit_files.paths[0]
    rows = [
        (first, "0"), (str(digit_files.root / digit_files.paths[30]), "4"), (first, "0"),
        ("../x.png", "0"), ("/etc/x.png", "0"), ("https://a.b/c.png", "0"), ("", "0"),
        ("a\x00b.png", "0"), ("0\\digit.png", "0"), ("a/../../b.png", "1"), (first + "2", ""),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["file", "class"])
    table.to_parquet(tmp_path / "t.parquet")
    data = dlc.load_dataset(tmp_path / "t.parquet", image_root=digit_files.root)
    assert [sample.path for sample in data.samples] == [first, digit_files.paths[30], "0/digit.png"]
    assert [sample.id for sample in data.samples] == [0, 1, 8]
    said = [fault.error for fault in data.faults]
    for words, count in (
        ("is named twice (first in row 1", 1), ("leads out of the image root", 2),
        ("lies outside the image root", 1), ("is an address", 1), ("path is empty", 1),
        ("no possible path", 1), ("has no label", 1),
    ):  # fmt: skip
        assert sum(words in one for one in said) == count, words


def test_paths_in_full_need_no_root(
    digit_files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table elsewhere of whole paths; what it says is kept, so that a subset can be joined."""
    table = manifest(digit_files)
    table["path"] = [f"{digit_files.root}/{path}" for path in table["path"]]
    (tmp_path / "tables").mkdir()
    file = tmp_path / "tables" / "t.csv"
    table.to_csv(file, index=False)
    run = scored(file, out=tmp_path / "run")
    same_scores(run, digit_files)
    assert run.samples["path"].tolist() == digit_files.paths
    assert run.columns["original_path"].tolist() == table["path"].tolist()
    (tmp_path / "link").symlink_to(digit_files.root)
    linked = table.assign(path=[f"{tmp_path}/link/{path}" for path in digit_files.paths])
    linked.to_csv(file.with_name("linked.csv"), index=False)
    by_link = dlc.load_dataset(file.with_name("linked.csv"))
    assert [sample.path for sample in by_link.samples] == digit_files.paths
    assert by_link.read(by_link.samples[0]).size == (8, 8)
    monkeypatch.setenv("DLC_DATA_ROOTS", json.dumps([str(tmp_path / "tables")]))
    with pytest.raises(
        dlc.DLCError, match=r"outside the folders this dashboard may read .* start it"
    ):
        dlc.load_dataset(file)
    roots = [str(digit_files.root), str(tmp_path / "tables")]
    monkeypatch.setenv("DLC_DATA_ROOTS", json.dumps(roots))
    assert len(dlc.load_dataset(file).samples) == 60
    table.loc[0, "path"] = "/nowhere/else/x.png"
    table.to_csv(file, index=False)
    monkeypatch.delenv("DLC_DATA_ROOTS")
    assert dlc.load_dataset(file).root == "/"
    table.loc[0, "path"] = "x.png"
    table.to_csv(file, index=False)
    as_image(digit_files.pixels[0]).save(tmp_path / "tables" / "x.png")
    mixed = dlc.load_dataset(file)
    assert len(mixed.faults) == 59
    assert "name the folder that all paths start from" in mixed.faults[0].error


def test_splits(digit_files: Files, tmp_path: Path) -> None:
    table = manifest(digit_files, subset=["training"] * 30 + ["dev"] * 20 + ["test"] * 10)
    table.to_csv(tmp_path / "t.csv", index=False)

    def load(**asked: Any) -> dlc.Dataset:
        return dlc.load_dataset(tmp_path / "t.csv", image_root=digit_files.root, **asked)

    assert (len(load().samples), load().split) == (30, "train")
    assert (len(load(split="val").samples), load(split="dev").split) == (20, "val")
    assert load(split="test").samples[0].path == digit_files.paths[50]
    with pytest.raises(dlc.DLCError, match="has no split 'holdout'; it has training, dev, test"):
        load(split="holdout")
    table["subset"] = ["north"] * 30 + ["south"] * 30  # says something else
    table.to_csv(tmp_path / "t.csv", index=False)
    assert len(load().samples) == 60
    with pytest.raises(dlc.DLCError, match="has the parts north, south; choose one"):
        load(split_column="subset")
    assert len(load(split_column="subset", split="north").samples) == 30
    with pytest.raises(dlc.DLCError, match="no column of splits"):
        load(split="val")


def test_classes_are_in_order() -> None:
    assert classes_of(["10", "9", "-1", "9"]) == ("-1", "9", "10")
    assert classes_of(["b", "10", "9"]) == ("10", "9", "b")


def test_labels_are_what_they_say(digit_files: Files, tmp_path: Path) -> None:
    names = ["NA", "null", "007"] * 20
    table = pd.DataFrame({"path": digit_files.paths, "label": names})
    table.to_csv(tmp_path / "t.csv", index=False)
    data = dlc.load_dataset(tmp_path / "t.csv", image_root=digit_files.root)
    assert data.classes == ("007", "NA", "null")
    numbers = pd.DataFrame({"path": digit_files.paths, "y": [float(n % 3) for n in range(60)]})
    numbers.to_parquet(tmp_path / "t.parquet")
    assert dlc.load_dataset(tmp_path / "t.parquet", image_root=digit_files.root).classes == (
        "0",
        "1",
        "2",
    )


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"path": ["a", "b"], "labels": ["cat|dog", "dog"]}, "multi-label table"),
        ({"path": ["a", "b"], "cat": [1, 1], "dog": [0, 1]}, "multi-label table"),
        ({"path": ["a", "b"], "label": [0.25, 3.75]}, "regression table"),
        (
            {"path": ["a", "b"], "kind": ["cat", "dog"]},
            "--label-column; its columns are path",
        ),
        ({"where": ["a", "b"], "label": ["cat", "dog"]}, "--image-column; its columns are where"),
        ({"path": ["a.png", "b.png"], "label": ["cat", "dog"]}, "none of the 2 images"),
        ({"path": ["../a.png"], "label": ["cat"]}, "no row of t.* names a usable image"),
        ({"path": [], "label": []}, "has no rows"),
    ],
)
def test_other_tables_are_refused_with_the_reason(
    tmp_path: Path, columns: dict[str, list[object]], words: str
) -> None:
    table = pd.DataFrame(columns)
    table.to_csv(tmp_path / "t.csv", index=False)
    table.to_parquet(tmp_path / "t.parquet", index=False)
    for name in ("t.csv", "t.parquet"):
        with pytest.raises(dlc.DLCError, match=words):
            dlc.load_dataset(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("bad.parquet", b"no parquet", "cannot read the table bad.parquet"),
        ("bad.json", b"{", "cannot read the table bad.json"),
        ("bad.json", b'{"path": "a"}', "is no list of records"),
        ("bad.jsonl", b"[1, 2]\n", "is no list of records"),
        ("empty.csv", b"", "is empty"),
        ("empty.csv", b"\n\n", "is empty"),
        ("empty.jsonl", b"", "has no rows"),
        ("latin.csv", "path,label\nK\u00e4se,a\n".encode("latin-1"), "is not UTF-8 text"),
        ("odd.csv", b'path,label\n"a', "cannot read the table odd.csv"),
        ("wide.csv", b"path,label\na,b,c,d\n", "wide.csv has rows with more cells than its header"),
        ("gone.csv", None, "no such table"),
    ],
)
def test_damaged_tables(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(dlc.DLCError, match=words):
        dlc.load_dataset(tmp_path / name)


def test_lists_of_labels(tmp_path: Path) -> None:
    pd.DataFrame({"path": ["a"], "label": [["cat", "dog"]]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(dlc.DLCError, match="holds lists"):
        dlc.load_dataset(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--label-column", "cat"], "has no column 'cat' (--label-column)"),
        (["--group-column", "cat"], "has no column 'cat' (--group-column)"),
        (["--image-root", "nowhere"], "no such folder"),
        (["--clusters", "3"], "a table has no use for --clusters 3"),
        (["--split", "val"], "no column of splits"),
    ],
)
def test_wrong_questions(
    digit_files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    options: list[str], words: str,
) -> None:  # fmt: skip
    manifest(digit_files).to_csv(digit_files.root / "t.csv", index=False)
    try:
        command = ["score", str(digit_files.root / "t.csv"), "--out", str(tmp_path / "run")]
        assert main([*command, *options]) == 2
    finally:
        (digit_files.root / "t.csv").unlink()
    said = capsys.readouterr().err.strip().splitlines()
    assert words in said[-1]
    assert not (tmp_path / "run").exists()


def test_a_folder_needs_no_columns(digit_files: Files) -> None:
    with pytest.raises(dlc.DLCError, match="an image folder has no use for --label-column x"):
        dlc.load_dataset(digit_files.root, label_column="x")


def test_columns_that_cannot_be_kept_are_told(digit_files: Files, tmp_path: Path) -> None:
    table = manifest(digit_files, **{f"c{number:02d}": [number] * 60 for number in range(60)})
    table["boxes"] = [[1, 2]] * 60
    (tmp_path / "t.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in table.to_dict("records"))
    )
    data = dlc.load_dataset(tmp_path / "t.jsonl", image_root=digit_files.root)
    assert len(data.columns) == 50
    assert "11 columns of the table are not kept" in data.notes[0]


def test_the_image_root_is_the_tables_own(digit_files: Files, tmp_path: Path) -> None:
    (tmp_path / "images").symlink_to(digit_files.root)
    table = manifest(digit_files)
    table["path"] = "images/" + table["path"]
    table.to_csv(tmp_path / "t.csv", index=False)
    data = dlc.load_dataset(tmp_path / "t.csv")
    assert len(data.samples) == 60
    assert data.read(data.samples[0]).size == (8, 8)
    assert data.stamp(data.samples[0])[0] > 0
