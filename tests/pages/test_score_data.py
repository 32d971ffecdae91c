"""The Score page's kinds of data: what is typed, looked at, uploaded, chosen lately."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard import resuming
from dashboard.scoring import recents
from dashboard.scoring.readable_request import arguments, look_arguments, require_data
from dashboard.scoring.upload import uploads, users_of
from dlc_core import jobs
from dlc_core.datasets import Asked, load_dataset
from dlc_core.datasets.archive import extract_zip
from dlc_core.errors import DLCError
from dlc_core.runs import Run
from dlc_core.scoring.request import ScoreRequest

from .conftest import OpenPage


@pytest.fixture(autouse=True)
def _asked_here(request: pytest.FixtureRequest) -> None:
    """Only a folder's kind is looked at by a process of its own."""
    if "[folder]" not in request.node.name:
        request.getfixturevalue("asked_here")


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """Forty digits as files, and a table of them."""
    return written(tmp_path / "photos")


def written(root: Path) -> Path:
    data = load_dataset("digits").limited(40)
    lines = ["file,digit,patient,part"]
    for sample in data.samples:
        (root / sample.path).parent.mkdir(parents=True, exist_ok=True)
        data.read(sample).save(root / sample.path)
        lines.append(f"{sample.path},{sample.class_id},p{sample.id % 7},train")
    (root / "photos.csv").write_text("\n".join(lines))
    return root


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    found: list[list[str]] = []
    monkeypatch.setattr(jobs, "start", lambda arguments, **_run: found.append([*arguments]))
    return found


def press(at: AppTest, label: str) -> None:
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception


def command(at: AppTest) -> str:
    return str(at.code[0].value)


def test_a_table_with_its_columns(
    open_page: OpenPage, digits: Path, tmp_path: Path, started: list[list[str]]
) -> None:
    at = open_page("score", tmp_path, source="Folder or file")
    table = digits / "photos.csv"
    at.text_input(key="folder").set_value(str(table)).run()
    boxes = {box.label: box for box in at.selectbox}
    assert boxes["Paths"].value == "file"
    assert boxes["Labels"].value is None
    boxes["Labels"].set_value("digit").run()
    next(box for box in at.selectbox if box.label == "Groups").set_value("patient").run()
    assert f"dlc score {table} --out" in command(at)
    assert "--label-column digit --group-column patient" in command(at)
    press(at, "Look")
    shown = " ".join(str(one.value) for one in at.markdown)
    assert "**40** images in **10** classes" in shown
    assert "groups: **patient**" in shown
    press(at, "Start scoring")
    assert started[0][:2] == ["score", str(table)]
    words = ["--label-column", "digit", "--group-column", "patient", "--profile", "fast"]
    assert started[0][-6:] == words
    at = open_page("score", tmp_path)
    at.selectbox(key="recent").set_value(0).run()
    assert at.text_input(key="folder").value == str(table)


def test_a_folder_with_a_table_has_its_columns_and_what_is_left_out_is_shown(
    open_page: OpenPage, digits: Path, tmp_path: Path
) -> None:
    root = tmp_path / "labelled"
    root.mkdir()
    lines = ["file_name,kind"]
    for place, file in enumerate(sorted(digits.rglob("*.png"))[:8]):
        shutil.copy(file, root / f"{place}.png")
        lines.append(f"{place}.png,{'ab'[place % 2]}")
    (root / "metadata.csv").write_text("\n".join(lines))
    (root / "phone.heic").write_bytes(b"x")
    at = open_page("score", tmp_path, source="Folder or file")
    at.text_input(key="folder").set_value(str(root)).run()
    next(box for box in at.selectbox if box.label == "Labels").set_value("kind").run()
    assert "--label-column kind" in command(at)
    press(at, "Look")
    assert "**8** images in **2** classes" in " ".join(str(one.value) for one in at.markdown)
    told = " ".join(one.value for one in at.caption).replace("\\", "")
    assert "1 file is not listed: 1 .heic" in told


def test_names_and_downloads(open_page: OpenPage, tmp_path: Path) -> None:
    at = open_page("score", tmp_path, source="By name")
    at.text_input(key="by-name").set_value("torchvision:DTD").run()
    assert "dlc score torchvision:DTD --out" in command(at)
    assert "--download" not in command(at)
    at.checkbox(key="download-data").check().run()
    assert command(at).endswith("--download")
    press(at, "Look")
    assert "could not download DTD" in at.error[0].value.replace("\\", "")


def test_what_may_not_be_read(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = open_page("score", tmp_path, source="Folder or file")
    for typed in ("/etc/passwd.csv", "npz:/etc/x.npz", "file:///etc", "simplecache::file:///etc"):
        at.text_input(key="folder").set_value(typed).run()
        press(at, "Look")
        assert at.error
        said = at.error[0].value.replace("\\", "")
        assert any(
            words in said
            for words in ("outside the folders", "the plain path", "inside each other")
        )
    with pytest.raises(DLCError, match="dlc app --allow-programs"):
        require_data(ScoreRequest("digits", "export:/etc/x.pt2"))
    monkeypatch.setenv("DLC_ALLOW_PROGRAMS", "1")  # where they may lie is looked at all the same
    for wrong in (
        ScoreRequest("digits", "hf:/etc/model"),
        ScoreRequest("digits", "export:/etc/x.pt2"),
        ScoreRequest("digits", weights="/etc/x.pth"),
        ScoreRequest("digits", read=Asked(image_root="/etc")),
    ):
        with pytest.raises(DLCError, match="outside the folders"):
            require_data(wrong)
    mine = tmp_path / ".uploads" / "mine"
    mine.mkdir(parents=True)
    (mine / "e.pt2").touch()
    (tmp_path / "link").symlink_to(mine)
    for wrong in (
        ScoreRequest("digits", f"export:{mine}/e.pt2"),
        ScoreRequest("digits", f"hf:{tmp_path}/link"),
        ScoreRequest("digits", weights=f"{tmp_path}/link/e.pt2"),
    ):
        with pytest.raises(DLCError, match="uploaded is never taken as backbone or weights"):
            require_data(wrong)


def test_a_look_at_nothing_and_at_faults(open_page: OpenPage, digits: Path, tmp_path: Path) -> None:
    (digits / "3" / "<b>broken*.png").write_bytes(b"x")
    (digits / "photos.csv").unlink()
    at = open_page("score", tmp_path, source="Folder or file")
    at.text_input(key="folder").set_value(str(digits)).run()
    press(at, "Look")
    assert any("<b>broken*.png" in str(table.value) for table in at.dataframe)
    (tmp_path / "empty").mkdir()
    at.text_input(key="folder").set_value(str(tmp_path / "empty")).run()
    press(at, "Look")
    assert "no class folders" in at.error[0].value


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"recent": 3}', '{"recent": [1, {"dataset": 3}]}',
     '{"recent": [{"dataset": "x", "backbone": "demo", "masks": "y"}]}',
     json.dumps({"recent": [{"dataset": "x" * 5000, "backbone": "demo"}]})],
)  # fmt: skip
def test_damaged_recents_are_passed_over(open_page: OpenPage, tmp_path: Path, content: str) -> None:
    (tmp_path / ".recent.json").write_text(content)
    at = open_page("score", tmp_path)
    assert not at.exception
    assert not [box for box in at.selectbox if box.key == "recent"]


def test_recents_of_an_earlier_version_are_the_same_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLC_RUNS", str(tmp_path))
    old = {"dataset": "digits", "backbone": "demo", "weights": "", "image_root": "", "split": None,
           "profile": "fast", "download_data": False, "masks": None}  # fmt: skip
    (tmp_path / ".recent.json").write_text(json.dumps({"recent": [old]}))
    now = ScoreRequest("digits", profile="fast")
    assert recents.recent() == [now]
    recents.remember(now)
    assert recents.recent() == [now]


def test_recents_are_bounded_and_the_last_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLC_RUNS", str(tmp_path))
    for number in range(12):
        recents.remember(ScoreRequest(f"/data/{number}", "demo"))
    recents.remember(ScoreRequest("/data/7", "demo"))
    names = [choice.dataset for choice in recents.recent()]
    assert names[:3] == ["/data/7", "/data/11", "/data/10"]
    assert len(names) == 8
    assert (tmp_path / ".recent.json").stat().st_mode & 0o077 == 0


def test_uploads(
    open_page: OpenPage, digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = tmp_path / "runs"
    monkeypatch.setenv("DLC_RUNS", str(runs))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in digits.rglob("*.png"):
            archive.write(file, file.relative_to(digits))
        for name in ("model.pt2", "w.pth", "a.JSON.py", "run.json.gz", "x/data.arrow", "README"):
            archive.writestr(f"more/{name}", "{}")
    at = open_page("score", runs, source="Upload")
    assert "Nothing is uploaded yet" in " ".join(one.value for one in at.caption)
    at.file_uploader(key="upload").upload("digits.zip", packed.getvalue(), "application/zip").run()
    press(at, "Unpack")
    kept = {file.suffix for file in (runs / ".uploads").rglob("*") if file.is_file()}
    assert kept == {".png", ".gz"}
    told = " ".join(one.value for one in at.info).replace("\\", "")
    assert "kept; 5 files are not listed: 1 without an ending, 1 .arrow, 1 .pt2, 1 .pth" in told
    assert uploads() == ["digits"]
    assert f"dlc score {runs}/.uploads/digits --out" in command(at)
    press(at, "Look")
    assert "**40** images" in " ".join(str(one.value) for one in at.markdown)
    (runs / "one").mkdir()
    known = {"dataset": {"root": str(runs / ".uploads" / "digits")}}
    (runs / "one" / "run.json").write_text(json.dumps(known))
    assert users_of("digits") == ["one"]
    (runs / "one" / "run.json").unlink()
    at.run()
    press(at, "Delete this upload")
    assert uploads() == []


def test_a_table_in_an_upload_is_chosen_not_guessed(
    open_page: OpenPage, digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = tmp_path / "runs"
    monkeypatch.setenv("DLC_RUNS", str(runs))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in digits.rglob("*.png"):
            archive.write(file, file.relative_to(digits))
        archive.writestr("prices.csv", "fruit,price\noak,2\n")
    extract_zip(packed, runs / ".uploads" / "digits", name="digits.zip")
    at = open_page("score", runs, source="Upload")
    (box,) = [box for box in at.selectbox if box.label == "What is scored"]
    assert box.options == ["the folders of images", "the table prices.csv"]
    assert f"dlc score {runs}/.uploads/digits --out" in command(at)
    box.select_index(1).run()
    assert f"dlc score {runs}/.uploads/digits/prices.csv --out" in command(at)


def test_commands_of_every_kind(tmp_path: Path) -> None:
    choice = ScoreRequest("hf:user/name", "timm:x", Asked(clusters=4), download=True)
    assert arguments(choice, tmp_path / "r")[-3:] == ["--clusters", "4", "--download"]
    assert look_arguments(ScoreRequest("digits", "demo")) == ["look", "digits"]


KINDS = ("folder", "table", "npz", "webdataset", "hf", "parquet", "address", "torchvision")


@pytest.fixture(scope="module")
def scores_of_files(tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    """Scores of the digits as an image folder, by the command line."""
    from dlc_core.cli import main

    root = tmp_path_factory.mktemp("files")
    words = ["score", str(written(root / "photos")), "--masks", "1", "--out", str(root / "run")]
    assert main(words) == 0
    found: list[float] = Run.open(root / "run").samples["score"].tolist()
    return found


@pytest.fixture
def web() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("kind", [*KINDS, "clusters"])
def test_every_kind_through_the_page(
    open_page: OpenPage,
    digits: Path,
    tmp_path: Path,
    started: list[list[str]],
    scores_of_files: list[float],
    monkeypatch: pytest.MonkeyPatch,
    web: ExitStack,
    kind: str,
) -> None:
    """What the page starts is what the command line takes; the scores are those of the files."""
    import datasets
    import numpy as np

    from tests.dlc_core.datasets.conftest import served
    from tests.dlc_core.datasets.test_webdataset import write

    files = sorted(path.relative_to(digits).as_posix() for path in digits.rglob("*.png"))
    labels = [path.split("/")[0] for path in files]
    (digits / "photos.csv").unlink()
    typed = str(tmp_path / f"data.{kind}")
    if kind in ("folder", "clusters"):
        typed = str(digits)
    elif kind == "table":
        typed = str(digits / "all.csv")
        rows = "".join(f"{path},{label}\n" for path, label in zip(files, labels, strict=True))
        (digits / "all.csv").write_text("path,label\n" + rows)
    elif kind == "npz":
        pixels = np.stack([np.asarray(Image.open(digits / path)) for path in files])
        np.savez(typed, images=pixels, labels=np.array(labels))
    elif kind == "address":
        typed = web.enter_context(served(digits))
    elif kind == "torchvision":  # DTD's own layout, in the library's folder
        typed = "torchvision:DTD"
        monkeypatch.setenv("DLC_DATASETS", str(tmp_path / "sets"))
        root = tmp_path / "sets" / "dtd" / "dtd" / "dtd"
        (root / "labels").mkdir(parents=True)
        (root / "images").symlink_to(digits)
        for part in ("train", "val", "test"):
            (root / "labels" / f"{part}1.txt").write_text("\n".join(files) + "\n")
    elif kind == "webdataset":
        typed = str(tmp_path / "data.tar")
        write(tmp_path / "data.tar", {path: (digits / path).read_bytes() for path in files})
    else:
        pictures = [{"bytes": (digits / path).read_bytes(), "path": path} for path in files]
        table = datasets.Dataset.from_dict({"image": pictures, "label": labels})
        table = table.cast_column("image", datasets.Image())
        if kind == "hf":
            table.save_to_disk(typed)
        else:
            table.to_parquet(typed)
            typed = f"hf:{typed}"
    source = "By name" if kind == "torchvision" else "Folder or file"
    monkeypatch.setenv("DLC_ALLOW_PRIVATE", "1")  # the address is of this machine
    at = open_page("score", tmp_path, source=source)
    at.text_input(key="by-name" if source == "By name" else "folder").set_value(typed).run()
    if kind == "address":
        press(at, "Look")
        assert "is fetched from" in at.error[0].value
        at.checkbox(key="download-data").check().run()
    if kind == "clusters":
        at.number_input(key="clusters").set_value(5).run()
    at.selectbox(key=f"backbone-{source}").set_value("demo").run()
    at.number_input(key="masks").set_value(1).run()
    press(at, "Look")
    shown = " ".join(str(one.value) for one in at.markdown)
    assert "**40** images" in shown, [one.value for one in at.error]
    press(at, "Start scoring")
    assert not at.error
    from dlc_core.cli import main

    assert main(started[0]) == 0
    run = Run.open(started[0][started[0].index("--out") + 1])
    assert len(run.samples) == 40
    assert len(run.classes) == (5 if kind == "clusters" else 10)
    if kind != "clusters":
        assert run.samples["score"].tolist() == scores_of_files


def test_new_images_are_scored_from_the_list_of_runs(
    open_page: OpenPage,
    digits: Path,
    tmp_path: Path,
    started: list[list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    from dlc_core.cli import main

    runs = tmp_path  # the data lies in it, so the dashboard may read it
    base = ["score", str(digits), "--masks", "1", "--out", str(runs / "one")]
    assert main(base) == 0
    assert "the demo backbone knows digits only" in capsys.readouterr().err
    more = load_dataset("digits")
    sample = next(one for one in more.samples if not (digits / one.path).is_file())
    more.read(sample).save(digits / sample.path)
    at = open_page("score", runs)
    at.button(key="update-one").click().run()
    assert any(f"dlc update {runs}/one --out {runs}/one-new" in one.value for one in at.code)
    for name in ("../two", "two"):
        at.button(key="update-one").click()  # which holds the dialog open in such a test
        at.text_input(key="update-name-one").set_value(name)
        press(at, "Score what is new")
        told = " ".join(one.value for one in at.error)
        assert ("a run's name must be" in told) == (name != "two")
    assert main(started[0]) == 0
    assert len(Run.open(runs / "two").samples) == 41
    elsewhere = tmp_path / "runs"
    elsewhere.mkdir()
    (runs / "one").rename(elsewhere / "one")
    at = open_page("score", elsewhere)
    at.button(key="update-one").click().run()
    at.button(key="update-one").click()
    press(at, "Score what is new")
    assert "outside the folder" in " ".join(one.value for one in at.error)
    assert len(started) == 1
    (elsewhere / "one").rename(runs / "one")
    open_page("score", runs)
    again = Run.open(runs / "two")
    again.info["status"] = "stopped"
    resuming.resume(again, resuming.resume_words(again))
    assert started[1] == ["update", started[0][1], f"--out={runs / 'two'}", "--resume", "--yes"]
