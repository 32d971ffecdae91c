"""Nothing outside the data roots is read, whatever the path looks like and whoever opens it."""

from __future__ import annotations

import ast
import errno
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dlc_core.backbones import load_backbone
from dlc_core.backbones.huggingface_files import ModelFiles
from dlc_core.data_files import data_status, open_data, open_descriptor, read_data
from dlc_core.data_roots import OutsideRoots, is_allowed
from dlc_core.datasets import Dataset, UnreadableImage, find_source, load_dataset
from dlc_core.datasets.huggingface_patterns import own_files_only
from dlc_core.datasets.reopen import reopen
from dlc_core.errors import DLCError
from dlc_core.export.read_back import read_ids
from dlc_core.export.sources import Files, Unusable
from dlc_core.recipes.rebuild import read_record

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that may be read, beside the one of `outside`."""
    root = tmp_path / "inside"
    root.mkdir()
    monkeypatch.setenv("DLC_DATA_ROOTS", json.dumps([str(root)]))
    monkeypatch.setenv("DLC_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("DLC_DATASETS", str(tmp_path / "fetched"))
    return root


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (8, 8), 99).save(buffer, "PNG")
    return buffer.getvalue()


def image_folder(root: Path) -> Path:
    for name in ("a/0.png", "a/1.png", "b/0.png", "b/1.png"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(png())
    return root


def table(root: Path) -> Path:
    image_folder(root)
    (root / "t.csv").write_text("path,label\na/0.png,x\nb/0.png,y\n")
    return root / "t.csv"


def parquet(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    cells = [{"bytes": png(), "path": "0.png"}] * 2
    pd.DataFrame({"image": cells, "label": ["x", "y"]}).to_parquet(root / "t.parquet")
    return root / "t.parquet"


def npz(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    np.savez(root / "t.npz", images=np.zeros((2, 8, 8), np.uint8), labels=np.arange(2))
    return root / "t.npz"


def shard(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    with tarfile.open(root / "t.tar", "w") as tar:
        for name, data in (("0.png", png()), ("0.cls", b"x"), ("1.png", png()), ("1.cls", b"y")):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return root / "t.tar"


def metadata(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "metadata.csv").write_text("file_name,label\n0.png,x\n1.png,y\n")
    for name in ("0.png", "1.png"):
        (root / name).write_bytes(png())
    return root


def saved(root: Path) -> Path:
    import datasets

    features = datasets.Features({"image": datasets.Image(), "label": datasets.Value("string")})
    cells = {"image": [{"bytes": png(), "path": "0.png"}] * 2, "label": ["x", "y"]}
    datasets.Dataset.from_dict(cells, features=features).save_to_disk(str(root))
    return root


MAKERS: dict[str, Callable[[Path], Path]] = {
    "imagefolder": image_folder,
    "table": table,
    "parquet": parquet,
    "npz": npz,
    "webdataset": shard,
    "metadata": metadata,
    "hf": saved,
}


@pytest.mark.parametrize("kind", MAKERS)
def test_no_reader_is_led_outside(kind: str, inside: Path, tmp_path: Path) -> None:
    """Named in full, by .., by /proc, by a link to the folder or to the file itself."""
    there = MAKERS[kind](tmp_path / "outside" / "data")
    same = MAKERS[kind](inside / "data")
    assert len(load_dataset(same).samples) >= 2  # what is inside is read
    (inside / "way").symlink_to(tmp_path / "outside")
    (inside / there.name if there.is_file() else inside / "alias").symlink_to(there)
    alias = inside / (there.name if there.is_file() else "alias")
    tail = there.relative_to(tmp_path)
    ways: list[str | Path] = [
        there,
        f"{inside}/../{tail}",
        f"/proc/self/root{there}",
        f"{inside}/way/{there.relative_to(tmp_path / 'outside')}",
        alias,
        f"hf:{there}",
        f"hf: {there}",
        f"imagefolder: {there}",
    ]
    for way in ways:
        with pytest.raises(DLCError) as refused:
            load_dataset(way)
        assert "outside the folders this dashboard may read" in str(refused.value), way
        assert str(refused.value).count("\n") == 0
        told = str(tmp_path / "outside") in str(way)
        assert told or str(tmp_path / "outside") not in str(refused.value)  # where a link leads


def test_a_root_that_is_a_link_is_the_folder_it_leads_to(
    inside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image_folder(tmp_path / "real")
    (tmp_path / "root").symlink_to(tmp_path / "real")
    monkeypatch.setenv("DLC_DATA_ROOTS", json.dumps([str(tmp_path / "root")]))
    assert len(load_dataset(tmp_path / "root").samples) == 4
    assert len(load_dataset(tmp_path / "real").samples) == 4
    assert not is_allowed(tmp_path / "REAL")
    assert not is_allowed(tmp_path / "real2")  # a name that only begins so
    monkeypatch.setenv("DLC_DATA_ROOTS", "[]")  # no folder is no freedom
    assert not is_allowed(tmp_path / "real")
    assert inside.is_dir()


def test_links_inside_a_data_set_are_faults_and_the_rest_goes_on(
    inside: Path, tmp_path: Path
) -> None:
    secret = image_folder(tmp_path / "outside")
    root = image_folder(inside / "set")
    (root / "a" / "2.png").symlink_to(secret / "a" / "0.png")
    (root / "a" / "more").symlink_to(secret / "b")
    (root / "c").symlink_to(secret / "a")
    (root / "a" / "3.png").symlink_to(root / "b" / "0.png")  # inside: as ever
    data = load_dataset(root)
    assert data.classes == ("a", "b")
    assert {fault.path for fault in data.faults} == {"a/more", "c"}
    assert all("leads outside the folders" in fault.error for fault in data.faults)
    led = next(sample for sample in data.samples if sample.path == "a/2.png")
    with pytest.raises(UnreadableImage, match="leads outside the folders this dashboard may read"):
        data.read(led)
    assert data.stamp(led) == (-1, -1)  # neither its size nor its time is told
    assert sum(readable(data)) == len(data.samples) - 1
    unlabelled = load_dataset(root, clusters=2)
    assert sum(readable(unlabelled)) == len(unlabelled.samples) - 1
    (root / "metadata.csv").symlink_to(metadata(tmp_path / "outside2") / "metadata.csv")
    assert load_dataset(root).kind == "imagefolder"


def readable(data: Dataset) -> Iterator[bool]:
    for sample in data.samples:
        try:
            yield data.read(sample).size == (8, 8)
        except UnreadableImage:
            yield False


def test_rows_that_name_files_outside_are_faults(inside: Path, tmp_path: Path) -> None:
    secret = image_folder(tmp_path / "outside")
    file = table(inside / "set")
    (file.parent / "led").symlink_to(secret)
    rows = ["a/0.png,x", "led/a/0.png,y", f"{secret}/b/0.png,y", "../../outside/a/0.png,y"]
    file.write_text("path,label\n" + "\n".join([*rows, f"file://{secret}/a/1.png,y"]))
    data = load_dataset(file)
    assert [sample.path for sample in data.samples] == ["a/0.png", "led/a/0.png"]
    assert list(readable(data)) == [True, False]
    with pytest.raises(DLCError, match="outside the folders"):
        load_dataset(file, image_root=secret)
    cells = [{"bytes": None, "path": "led/a/0.png"}, {"bytes": None, "path": "a/0.png"}]
    pd.DataFrame({"image": cells, "label": ["x", "y"]}).to_parquet(file.with_name("p.parquet"))
    for kind in ("", "hf:"):
        data = load_dataset(f"{kind}{file.with_name('p.parquet')}")
        if not kind:
            assert list(readable(data)) == [False, True]
        else:  # a folder that the library reads as a whole has links nowhere
            assert list(readable(data)) == [False, True]


@pytest.mark.parametrize(
    ("file", "values"),
    [
        ("state.json", {"_data_files": [{"filename": "../../outside/data/x.arrow"}]}),
        ("state.json", {"_data_files": [{"filename": "/etc/passwd"}]}),
        ("state.json", {"_data_files": [{"filename": "zip://x::file:///etc/passwd"}]}),
        ("state.json", {"_data_files": [{"filename": ["x"]}]}),
        ("state.json", {"_data_files": "../.."}),
        ("dataset_dict.json", {"splits": [".."]}),
        ("dataset_dict.json", {"splits": ["../../outside/data"]}),
        ("dataset_dict.json", {"splits": "/"}),
        ("dataset_dict.json", {"splits": {"/etc": 1}}),
    ],
)
def test_lists_of_a_saved_folder_name_what_lies_in_it(
    file: str, values: dict[str, object], inside: Path
) -> None:
    root = saved(inside / "data")
    known = json.loads((root / file).read_text()) if (root / file).is_file() else {}
    (root / file).write_text(json.dumps({**known, **values}))
    with pytest.raises(DLCError, match=r"save the data set again \(save_to_disk\)\.$"):
        load_dataset(root)


@pytest.mark.parametrize(
    "pattern",
    ["/etc/*.csv", "~/x.csv", "file:///etc/x", "https://10.0.0.1/x", "zip://*::x.zip", "a/../../x"],
)
def test_a_data_set_of_the_hub_names_what_lies_in_it(pattern: str, inside: Path) -> None:
    from datasets import data_files

    assert inside.is_dir()
    with own_files_only(), pytest.raises(DLCError, match="does not lie in it"):
        data_files.DataFilesDict.from_patterns({"train": [pattern]}, "hf://datasets/a/b@c")
    with own_files_only(), pytest.raises(DLCError, match="does not lie in it"):  # data_dir
        data_files.DataFilesDict.from_patterns({"train": ["**"]}, "/etc")


def test_a_part_of_a_saved_folder_that_is_a_link(inside: Path, tmp_path: Path) -> None:
    saved(tmp_path / "outside")
    (inside / "data").mkdir()
    (inside / "data" / "train").symlink_to(tmp_path / "outside")
    (inside / "data" / "dataset_dict.json").write_text('{"splits": ["train"]}')
    with pytest.raises(OutsideRoots):
        load_dataset(inside / "data")
    (inside / "parquet").mkdir()
    (inside / "parquet" / "0.parquet").symlink_to(parquet(tmp_path / "outside"))
    with pytest.raises(OutsideRoots):
        load_dataset(f"hf:{inside / 'parquet'}")


@pytest.mark.parametrize("name", ["csv", "json", "parquet", "https://host/x", "a/b/c", "../x::y"])
def test_names_that_are_none_of_the_hub(name: str) -> None:
    with pytest.raises(
        DLCError, match=r"no name of the hub|a format of the library|no such folder"
    ):
        load_dataset(f"hf:{name}")


def test_backbones_and_weights(inside: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.pth"
    secret.write_bytes(b"x")
    (inside / "w.pth").symlink_to(secret)
    up = tmp_path / "runs" / ".uploads" / "mine"
    up.mkdir(parents=True)
    (up / "e.pt2").write_bytes(b"x")
    (inside / "alias").symlink_to(up)
    for name, weights in (
        ("resnet18", secret),
        ("resnet18", inside / "w.pth"),
        (f"export:{secret}", None),
        (f"export:{inside}/../secret.pth", None),
        (f"hf:{tmp_path}", None),
        ("timm:resnet18", f"/proc/self/root{secret}"),
    ):
        with pytest.raises(DLCError, match="outside the folders"):
            load_backbone(name, weights=None if weights is None else str(weights))
    for path in (up / "e.pt2", inside / "alias" / "e.pt2"):
        with pytest.raises(DLCError, match="uploaded is never taken as backbone or weights"):
            load_backbone(f"export:{path}")
        with pytest.raises(DLCError, match="uploaded is never taken as backbone or weights"):
            load_backbone("resnet18", weights=str(path))
    with pytest.raises(DLCError, match="uploaded is never taken"):
        load_backbone(f"hf:{up}")
    (inside / "model").mkdir()
    (inside / "model" / "model.safetensors").symlink_to(secret)
    with pytest.raises(OutsideRoots):
        ModelFiles(str(inside / "model"), download=False)
    with pytest.raises(DLCError, match="timm has no model"):
        load_backbone(f"timm:local-dir:{tmp_path}")


def test_uploads_are_no_backbones_on_the_command_line_either(tmp_path: Path) -> None:
    file = tmp_path / ".uploads" / "w.pth"
    file.parent.mkdir()
    file.write_bytes(b"x")
    with pytest.raises(DLCError, match="uploaded is never taken"):
        load_backbone("resnet18", weights=str(file))


def test_runs_that_strangers_made(inside: Path, tmp_path: Path) -> None:
    """What run.json says of its data is opened by the same rule; so are files beside it."""
    with pytest.raises(OutsideRoots):
        reopen({"kind": "npz", "source": str(npz(tmp_path / "outside")), "name": "x"})
    with pytest.raises(OutsideRoots):
        read_ids(table(tmp_path / "outside2"))
    with pytest.raises(OutsideRoots):
        read_record(tmp_path / "outside2" / "t.csv")
    (inside / "x.png").symlink_to(tmp_path / "outside2" / "a" / "0.png")
    with pytest.raises(Unusable, match="leads outside"):
        Files(inside, (inside, tmp_path)).open("x.png")


@pytest.mark.parametrize("typed", ["~nobody-here/x", "hf:~nobody-here/x", "table:~nobody-here"])
def test_the_home_of_nobody(typed: str) -> None:
    with pytest.raises(DLCError, match="the home folder that ~nobody-here"):
        load_dataset(typed)


def test_a_folder_of_somebody_elses_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", refuse)
    monkeypatch.setattr(Path, "is_file", refuse)
    with pytest.raises(DLCError, match=r"cannot read .*theirs: you may not"):
        find_source(str(tmp_path / "theirs"))


def test_what_was_opened_counts_not_what_the_path_says(
    inside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link is exchanged between the look and the opening."""
    (tmp_path / "secret").write_bytes(b"secret")
    (inside / "x").write_bytes(b"mine")
    (inside / "x2").symlink_to(tmp_path / "secret")
    true_open = os.open

    def exchanged(path: object, flags: int) -> int:
        return true_open(inside / "x2" if Path(str(path)).name == "x" else str(path), flags)

    assert read_data(inside / "x") == b"mine"
    monkeypatch.setattr(os, "open", exchanged)
    for opened in (open_data, open_descriptor, data_status):
        with pytest.raises(OutsideRoots):
            opened(inside / "x")
    monkeypatch.undo()


def test_other_files_than_regular_ones_are_not_waited_for(inside: Path) -> None:
    os.mkfifo(inside / "t.csv")
    with pytest.raises(DLCError, match="is no regular file"):
        open_data(inside / "t.csv")
    with pytest.raises(DLCError, match="empty or impossible"):
        load_dataset(f"{inside}/a\0b")
    assert not is_allowed(f"{inside}/a\0b")
    assert find_source(" /x").path is not None


# Calls that open something, and what opens data with a guard before it.
OPENING = {
    "open", "fdopen", "scandir", "listdir", "iterdir", "glob", "rglob", "walk", "read_bytes",
    "read_text", "load_file", "ZipFile", "ParquetFile", "read_schema", "read_metadata",
    "read_parquet", "read_csv", "memory_map", "from_pretrained", "load_from_disk", "fromfile",
}  # fmt: skip
GUARDS = {
    "open_data", "open_descriptor", "read_data", "data_status", "require_allowed", "is_allowed",
    "require_all_allowed", "require_model",
}  # fmt: skip
# Packages and modules that open what this program has written, or memory: no path of anybody's.
OWN = (
    "runs", "scoring", "decisions/appending.py", "decisions/repair_log.py",
    "decisions/log_reader.py", "evidence", "projection",
    "issues", "similarity", "scores", "selection", "jobs", "features", "cli", "app_files.py",
    "data_roots.py", "data_files.py", "process_start_time.py", "pipeline.py", "hub.py", "sandbox",
    "atomic_files.py", "thumbnails.py", "training", "digests.py", "row_file.py", "safe_reading.py",
    "recipes/order_file.py", "recipes/subset.py",
    "previews.py",
)  # fmt: skip
# Functions that are given what a guarded one has opened, or looked at.
GIVEN = {
    ("parquet.py", "*"),
    ("parquet_sizes.py", "*"),
    ("datasets/arrow_streams.py", "*"),  # of a folder that is looked at as a whole
    ("backbones/program_child.py", "_channels"),
    ("datasets/archive.py", "*"),  # what was uploaded, and what it makes itself
    ("datasets/image_formats.py", "open_image"),
    ("datasets/listing.py", "*"),  # of existing_folder; links are looked at in _walk
    ("datasets/npy_header.py", "*"),  # of an open ZIP
    ("datasets/compressed_files.py", "*"),
    ("datasets/parquet_rows.py", "*"),  # self._file is looked at when it is set
    ("datasets/table_reading.py", "_parquet"),
    ("datasets/table_text.py", "_separated"),
    ("datasets/torchvision_sets.py", "_require_reach"),  # its own cache
    ("datasets/unpacked.py", "*"),  # of what was unpacked here
    ("datasets/remote.py", "*"),
    ("backbones/exported.py", "*"),  # looked at in load_backbone, as are these
    ("backbones/program_archive.py", "*"),
    ("backbones/torch_file.py", "*"),
    ("backbones/weights.py", "*"),
    ("backbones/archive_entries.py", "*"),
    ("backbones/timm_models.py", "_cached"),  # the hub's cache
    ("decompression_limits.py", "*"),  # of an open file; the system's own numbers
    ("backbones/huggingface.py", "*"),  # of ModelFiles, which looks at the whole folder
    ("backbones/huggingface_images.py", "*"),
    ("backbones/huggingface_files.py", "*"),
    *((f"export/{name}.py", "*") for name in ("archive", "destination", "staging", "tree")),
    ("export/huggingface.py", "*"),  # what it writes
    ("datasets/instructions/listing.py", "_container"),  # through FileBytes, which looks
    ("datasets/instructions/reader.py", "*"),
    ("datasets/instructions/saved_records.py", "*"),  # of a folder that is looked at as a whole
    ("datasets/instructions/separated_records.py", "_rows"),
    ("reimport/shown_subset.py", "*"),  # in the run, as are the recipes
    ("reimport/subset_file.py", "*"),  # from memory, as is the report's picture
    ("recipes/saved.py", "saved_recipes"),
    ("report/examples.py", "_picture"),
}


def opening_functions(file: Path) -> Iterator[tuple[str, bool]]:
    """Yield each function that opens something, and whether a guard is in it."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            calls = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
            names = {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "")
                     for one in calls}  # fmt: skip
            mapped = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            if names & OPENING:
                yield node.name, bool((names | mapped) & GUARDS)


def test_every_function_that_opens_somebodys_path_looks_at_it() -> None:
    """A new reader that opens a path without a look is found here."""
    package = ROOT / "dlc_core"
    found = 0
    for file in sorted(package.rglob("*.py")):
        name = file.relative_to(package).as_posix()
        if name.split("/")[0] in (*OWN, "_app") or name in OWN:
            continue
        for function, guarded in opening_functions(file):
            found += 1
            known = (name, "*") in GIVEN or (name, function) in GIVEN
            assert guarded or known, f"{name}: {function} opens a path without a look at it"
    assert found > 20
