"""Exports as jobs: real processes on twelve images."""

from __future__ import annotations

import json
import shutil
import time
import zipfile
from pathlib import Path

import pytest

from dlc_core import jobs
from dlc_core.cli import main
from dlc_core.errors import DLCError
from dlc_core.export import read_ids
from dlc_core.jobs import export_history
from dlc_core.jobs.start_export import start_images, start_report
from dlc_core.recipes import select
from dlc_core.records.outcome import Outcome, save_outcome
from dlc_core.records.progress import Step
from dlc_core.runs import Run


def ended(run: Run, name: str) -> export_history.Export:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        item = next(item for item in export_history.exports_of(run.path) if item.name == name)
        if item.state != "running":
            return item
        time.sleep(0.05)
    raise AssertionError(f"{name} is still being made")


def test_a_zip_is_made_numbered_and_deleted(run: Run) -> None:
    kept = select(run, keep_ratio=0.5)
    start_images(run, kept, "pets.zip", format_name="zip")
    with pytest.raises(DLCError, match="is being made; wait for it, or cancel it"):
        start_images(run, kept, "pets.zip", format_name="zip")
    with pytest.raises(DLCError, match="cancel it first"):
        export_history.delete(run.path, "pets.zip")
    item = ended(run, "pets.zip")
    assert (item.state, item.share, item.words) == ("done", 1.0, "")
    assert item.size == item.path.stat().st_size
    with zipfile.ZipFile(item.path) as archive:
        paths = run.samples["path"].to_numpy()[kept.positions]
        assert sorted(archive.namelist()) == sorted(paths)
    folder = run.path / "exports"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert read_ids(folder / "pets.zip.subset.json").tolist() == kept.ids.tolist()
    assert jobs.jobs_in(run.path.parent) == []  # nobody takes it for the scoring of a run

    start_images(run, kept, "pets.zip", format_name="zip", part="dropped")
    assert ended(run, "pets-2.zip").state == "done"
    with zipfile.ZipFile(folder / "pets-2.zip") as archive:
        assert not set(archive.namelist()) & set(paths)
    assert [item.name for item in export_history.exports_of(run.path)] == ["pets-2.zip", "pets.zip"]
    (folder / ".pets.zip.1-2.tmp").write_bytes(b"left by a killed process")
    export_history.delete(run.path, "pets.zip")
    left = {file.name for file in folder.iterdir()} | {f.name for f in (folder / ".jobs").iterdir()}
    assert not [name for name in left if name.strip(".").startswith("pets.zip")]
    assert [item.name for item in export_history.exports_of(run.path)] == ["pets-2.zip"]


def test_the_command_line_lists_them(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(run.path), "--exports"]) == 0
    assert capsys.readouterr().out.startswith("no exports yet")
    start_report(run, "pets.html", ["--keep", "0.5"])
    item = ended(run, "pets.html")
    (run.path / "exports" / "by hand.csv").write_text("id\n1\n")
    assert main(["info", str(run.path), "--exports", "--json"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    one, other = json.loads(last)["exports"]
    assert (one["name"], one["state"], one["size"]) == ("pets.html", "done", item.size)
    assert (other["name"], other["size"], other["command"]) == ("by hand.csv", 5, "")
    assert one["command"] == item.command
    assert item.command.startswith(f"dlc report {run.path} --keep 0.5 --out ")
    assert one["date"] == item.path.stat().st_mtime
    assert lines[0].startswith("done ")
    assert lines[0].endswith("  pets.html")
    assert lines[1].strip() == item.command
    assert main(["info", str(run.path), "--exports", "--verify"]) == 2


def test_what_fails_says_why_and_can_be_forgotten(run: Run, images: Path) -> None:
    shutil.rmtree(images)
    start_images(run, select(run, keep_ratio=0.5), "pets", format_name="imagefolder")
    item = ended(run, "pets")
    assert item.state == "failed"
    assert item.words.startswith(f"the folder {images} cannot be found; ")
    export_history.delete(run.path, "pets")
    assert export_history.exports_of(run.path) == []


def test_cancelling_leaves_nothing(run: Run) -> None:
    start_images(run, select(run, keep_ratio=0.5), "pets.zip", format_name="zip")
    export_history.cancel(run.path, "pets.zip")
    assert ended(run, "pets.zip").state == "stopped"
    names = {file.name for file in (run.path / "exports").iterdir()}
    assert names == {".jobs", "pets.zip.subset.json"}


def test_how_one_ended_is_read_from_its_record(run: Run) -> None:
    start_images(run, select(run, keep_ratio=0.5), "pets.zip", format_name="zip")
    ended(run, "pets.zip")
    key = run.path / "exports" / "pets.zip"
    key.unlink()
    assert ended(run, "pets.zip").state == "gone"
    for outcome, state, words in (
        (Outcome("stopped", 130), "stopped", ""),
        (Outcome("failed", 2, message="wrote top 50 %, clean/x.csv …"), "failed", "wrote top 50"),
        (Outcome("failed", 2, message="stopped; scored █ 3 %, …"), "failed", "stopped; scored"),
        (None, "failed", "the job ended without a word"),
    ):
        records = key.parent / ".jobs" / key.name
        (records / "outcome.json").unlink(missing_ok=True)
        if outcome is not None:
            save_outcome(records, outcome)
        item = ended(run, "pets.zip")
        assert (item.state, item.words[: len(words)]) == (state, words)
    (records / "stop").touch()  # asked to stop, and killed when it did not
    assert ended(run, "pets.zip").state == "stopped"


def test_progress_and_faults_are_read_from_the_record(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_report(run, "pets.html", ["--keep", "0.5"])
    assert ended(run, "pets.html").state == "done"
    job = next(iter(jobs.jobs_in(run.path / "exports")))
    monkeypatch.setattr(jobs, "jobs_in", lambda _folder: [job])
    for done, share, words in ((0, 0.0, "0 of 22"), (9, 9 / 22, "9 of 22"), (22, 1.0, "22 of 22")):
        step = Step("exporting", done, 22, eta_seconds=3.2)
        job = jobs.Job(job.run, job.arguments, "running", step)
        (item,) = export_history.exports_of(run.path)
        assert (item.state, item.share) == ("running", share)
        left = " · about 3 s left" if done < 22 else ""
        assert item.words == f"Exporting images: {words} images{left}"
    job = jobs.Job(
        job.run, job.arguments, "done", outcome=Outcome("partial", 0, counts={"faults": 3})
    )
    assert export_history.exports_of(run.path)[0].words == "3 images could not be exported"


def test_elsewhere_only_into_a_new_folder_which_stays(run: Run, tmp_path: Path) -> None:
    kept = select(run, keep_ratio=0.5)
    out = tmp_path / "elsewhere"
    start_images(run, kept, "pets", format_name="imagefolder", mode="symlink", out=out)
    item = ended(run, "pets")
    assert (item.state, item.path) == ("done", out)
    assert sum(1 for file in out.rglob("*.png") if file.is_symlink()) == len(kept)
    with pytest.raises(DLCError, match="exists already"):
        start_images(run, kept, "other", format_name="imagefolder", out=out)
    export_history.delete(run.path, "pets")
    assert out.is_dir()
    assert export_history.exports_of(run.path) == []


def test_a_folder_of_exports_that_is_a_link_is_not_followed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "x.zip").write_bytes(b"x")
    (run.path / "exports").symlink_to(tmp_path / "private")
    assert export_history.exports_of(run.path) == []
    with pytest.raises(DLCError, match="is a link"):
        start_images(run, select(run, keep_ratio=0.5), "pets.zip", format_name="zip")
    export_history.delete(run.path, "x.zip")
    assert (tmp_path / "private" / "x.zip").exists()
