"""Each command as a person types it; each mistake is one sentence and exit code 2."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dlc_core.cli import main
from dlc_core.runs import Run
from tests.by_hand import without_digests


def dlc(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dlc_core", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize(
    "command", [[], ["score"], ["prune"], ["export"], ["info"], ["demo"], ["app"]]
)
def test_help_comes_with_an_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*command, "--help"])
    assert stop.value.code == 0
    words = "Example: dlc " if command else "Start with: dlc demo"
    assert words in capsys.readouterr().out


def test_score_prints_one_json_object_last(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    result = dlc("score", folder, "--out", out, "--masks", 2, "--json")
    assert result.returncode == 0, result.stderr
    value = json.loads(result.stdout.splitlines()[-1])
    assert value["run"] == str(out)
    assert (value["status"], value["samples"], value["faults"]) == ("done", 12, 0)
    assert (value["masks"], value["decodes"]) == (2, 12)
    assert 0 < value["seconds"] < value["total_seconds"]
    assert value["peak_memory_bytes"] > 10_000_000
    assert len(Run.open(out).projection) == 12


def test_a_finished_run_resumes_at_once_and_answers_only_its_own_request(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    command = ["score", str(folder), "--out", str(out), "--masks", "2"]
    assert main(command) == 0
    written = (out / "run.json").stat().st_mtime_ns
    assert main([*command, "--resume"]) == 0
    assert (out / "run.json").stat().st_mtime_ns == written
    assert main(command) == 2
    assert main([*command[:-1], "3", "--resume"]) == 2


def test_prune_and_export_agree_in_every_format(digits_run: Run, tmp_path: Path) -> None:
    recipe = ["--keep", "0.3", "--gamma", "0.4", "--seed", "5"]
    for suffix in ("csv", "parquet", "json", "npy"):
        file = tmp_path / f"kept.{suffix}"
        assert main(["prune", str(digits_run.path), *recipe, "--out", str(file)]) == 0
    table = pd.read_csv(tmp_path / "kept.csv", dtype={"label": str})
    assert len(table) == 539
    assert {"id", "path", "label", "class_id", "score"} <= set(table.columns)
    pd.testing.assert_frame_equal(table, pd.read_parquet(tmp_path / "kept.parquet"))
    assert np.load(tmp_path / "kept.npy").tolist() == table["id"].tolist()
    value = json.loads((tmp_path / "kept.json").read_text())
    assert value["recipe"] == {"strategy": "flexrand", "keep_ratio": 0.3, "gamma": 0.4, "seed": 5}
    assert [sample["id"] for sample in value["samples"]] == table["id"].tolist()
    for source in ("json", "npy", "parquet"):
        subset = ["--subset", str(tmp_path / f"kept.{source}"), "--format", "csv"]
        out = tmp_path / f"from-{source}.csv"
        assert main(["export", str(digits_run.path), *subset, "--out", str(out)]) == 0
        assert out.read_bytes() == (tmp_path / "kept.csv").read_bytes()


@pytest.mark.parametrize("strategy", ["flexrand", "random", "hardest", "easiest"])
def test_the_same_recipe_on_shuffled_rows_gives_the_same_file(
    digits_run: Run, tmp_path: Path, strategy: str
) -> None:
    shuffled = tmp_path / "run"
    shuffled.mkdir()
    (shuffled / "run.json").write_bytes((digits_run.path / "run.json").read_bytes())
    table = pd.read_parquet(digits_run.path / "samples.parquet")
    table.sample(frac=1, random_state=1).to_parquet(shuffled / "samples.parquet")
    without_digests(shuffled)
    for keep in ("0.013", "0.3", "0.77", "1"):
        for suffix in ("csv", "parquet", "json", "npy"):
            files = []
            for run in (digits_run.path, shuffled):
                out = tmp_path / f"{run.name}.{suffix}"
                recipe = ["--strategy", strategy, "--keep", keep, "--out", str(out), "--overwrite"]
                assert main(["prune", str(run), *recipe]) == 0
                files.append(out.read_bytes())
            assert files[0] == files[1]


def test_info_lists_faults(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "cats" / "bad\nname.png").write_bytes(b"")
    assert main(["score", str(folder), "--out", str(tmp_path / "run"), "--masks", "1"]) == 0
    assert main(["info", str(tmp_path / "run")]) == 0
    printed = capsys.readouterr().out
    assert "12 in 2 classes" in printed
    assert "  cats/bad\\nname.png: the file is empty (0 bytes)" in printed


def test_names_with_line_breaks_quotes_and_commas_survive_a_csv(tmp_path: Path) -> None:
    names = ["a\rb.png", "a\nb.png", 'a"b.png', "a,b.png", "=1+1.png", " a .png"]
    for class_name in ("x\ry", "1"):
        (tmp_path / "data" / class_name).mkdir(parents=True)
        for place, name in enumerate(names):
            Image.new("RGB", (9, 9), (place, 0, 0)).save(tmp_path / "data" / class_name / name)
    run, kept = str(tmp_path / "run"), str(tmp_path / "kept.csv")
    assert main(["score", str(tmp_path / "data"), "--masks", "1", "--out", run]) == 0
    assert main(["prune", run, "--keep", "1", "--out", kept]) == 0
    table = pd.read_csv(kept, dtype={"label": str})
    assert table["path"].tolist() == Run.open(run).samples["path"].tolist()
    assert table["label"].tolist() == Run.open(run).samples["label"].tolist()
    again = ["export", run, "--subset", kept, "--format", "npy", "--out", str(tmp_path / "k.npy")]
    assert main(again) == 0
    assert len(np.load(tmp_path / "k.npy")) == 12


def test_paths_that_the_system_refuses_are_one_sentence(
    digits_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty.npy").write_bytes(b"")
    run, long = str(digits_run.path), "x" * 300
    for command in (
        ["info", long],
        ["score", "digits", "--out", long],
        ["score", "digits", "--out", str(tmp_path / "file")],
        ["score", "digits", "--out", str(tmp_path / "file" / "below")],
        ["score", "digits", "--seed", "-1", "--out", str(tmp_path / "out")],
        ["export", run, "--subset", str(tmp_path / "empty.npy"), "--format", "csv", "--out", "x"],
    ):
        assert main(command) == 2, command
        assert capsys.readouterr().err.splitlines()[-1].startswith("dlc: "), command


def newer(tmp_path: Path) -> Path:
    run = tmp_path / "newer"
    run.mkdir()
    (run / "run.json").write_text('{"format": 2, "status": "done"}')
    return run


def test_mistakes_are_one_sentence_and_exit_code_2(
    folder: Path, digits_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "out")]
    (tmp_path / "empty").mkdir()
    (tmp_path / "single").mkdir()
    (folder / "cats").rename(tmp_path / "single" / "cats")
    table = tmp_path / "labels.csv"
    table.write_text("path,labels\na.png,cat|dog\nb.png,cat\nc.png,dog|owl\nd.png,owl\n")
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("path,label\na.png,0.25\nb.png,1.75\n")
    run = str(digits_run.path)
    kept = ["--out", str(tmp_path / "kept.csv")]
    cases = [
        (["score", str(tmp_path / "nowhere"), *out], "no such folder"),
        (["score", str(tmp_path / "empty"), *out], "no class folders"),
        (["score", str(tmp_path / "single"), *out], "single class ('cats')"),
        (["score", str(table), *out], "multi-label table"),
        (["score", str(numbers), *out], "regression table"),
        (["score", "digits", "--backbone", "resnet19", *out], "unknown backbone 'resnet19'"),
        (["score", "digits", "--masks", "0", *out], "masks must be"),
        (["score", "digits", "--masks", "five", *out], "invalid int value"),
        (["score", "digits", "--interval", "1", *out], "interval must be in [0, 1)"),
        (["score", "digits", "--split", "test", *out], "no split 'test'"),
        (["score", "digits", "--limit", "0", *out], "limit must be"),
        (["score", "digits", "--device", "tpu", *out], "invalid choice"),
        (["score", "digits", "--out", run], "exists already"),
        (["score", "digits"], "--out"),
        (["prune", run, "--keep", "1.5", *kept], "keep_ratio must be in (0, 1], got 1.5"),
        (["prune", run, "--keep", "0", *kept], "keep_ratio must be in (0, 1], got 0"),
        (["prune", run, "--keep", "0.3", "--gamma", "2", *kept], "gamma must be in [0, 1]"),
        (["prune", run, "--keep", "0.3", "--strategy", "best", *kept], "unknown strategy 'best'"),
        (["prune", run, "--keep", "0.3", "--out", str(tmp_path / "kept.xls")], "ends in .csv"),
        (["prune", run, "--keep", "0.3", "--out", str(tmp_path / "no/kept.csv")], "cannot write"),
        (["prune", str(newer(tmp_path)), "--keep", "0.3", *kept], "has run format 2"),
        (["prune", str(tmp_path / "gone"), "--keep", "0.3", *kept], "no such run"),
        (["prune", str(tmp_path / "empty"), "--keep", "0.3", *kept], "is not a run"),
        (["export", run, "--subset", str(table), "--format", "csv", *kept], "no column of sample"),
        (["export", run, "--subset", "gone.csv", "--format", "csv", *kept], "no such file"),
        (["export", run, "--subset", "gone.csv", "--format", "xls", *kept], "unknown format"),
        (["info", str(tmp_path / "gone")], "no such run"),
        (["app", "--port", "99999"], "port must be"),
        (["app", "--data-root", str(tmp_path / "gone")], "no such folder for --data-root"),
        (["fly"], "invalid choice"),
        ([], "required"),
    ]  # fmt: skip
    for command, words in cases:
        assert main(command) == 2, command
        captured = capsys.readouterr()
        assert captured.out == "", command
        lines = [line for line in captured.err.splitlines() if line.startswith("dlc: ")]
        assert words in lines[-1], command
        assert "Traceback" not in captured.err
        assert not (tmp_path / "kept.csv").exists()
        assert not (tmp_path / "out").exists(), command


def test_weights_of_another_architecture_exit_2(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = str(shared / "weights/mobilenet_v2_imagenet.pth")
    command = ["score", str(shared / "images/flowers5"), "--backbone", "resnet18"]
    assert main([*command, "--weights", weights, "--out", str(tmp_path / "run")]) == 2
    assert "are not those of resnet18" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_ctrl_c_leaves_scores_and_a_run_that_resumes_to_the_same_losses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    command = ["score", "digits", "--masks", "20", "--limit", "300", "--out", str(out)]
    process = subprocess.Popen(
        [sys.executable, "-m", "dlc_core", *command], stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 120
    while time.monotonic() < until and not (out / "samples.parquet").is_file():
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in words
    assert "Traceback" not in words
    assert json.loads((out / "run.json").read_text())["status"] == "interrupted"
    assert main(["info", str(out)]) == 0
    assert main(["prune", str(out), "--keep", "0.5", "--out", str(tmp_path / "kept.csv")]) == 0
    assert "the scores rest on " in capsys.readouterr().err
    assert len(pd.read_csv(tmp_path / "kept.csv")) == 150
    assert main([*command, "--resume"]) == 0
    assert main([*command[:-1], str(tmp_path / "whole")]) == 0
    np.testing.assert_array_equal(Run.open(out).losses, Run.open(tmp_path / "whole").losses)


def test_a_dry_run_says_what_it_takes_and_writes_nothing(folder: Path, tmp_path: Path) -> None:
    result = dlc("score", folder, "--out", tmp_path / "run", "--dry-run", "--json")
    assert result.returncode == 0, result.stderr
    value = json.loads(result.stdout.splitlines()[-1])
    assert (value["samples"], value["passes"], value["cached"]) == (12, 50, True)
    assert value["decode_seconds"] > 0
    assert value["disk_bytes"] > 12 * 3 * 32 * 32
    assert "of memory and" in result.stderr
    assert not (tmp_path / "run").exists()


def test_the_fast_profile_has_the_masks_of_the_exact_one(folder: Path, tmp_path: Path) -> None:
    for profile in ("exact", "fast"):
        out = str(tmp_path / profile)
        assert main(["score", str(folder), "--profile", profile, "--out", out]) == 0
    exact, fast = Run.open(tmp_path / "exact"), Run.open(tmp_path / "fast")
    steps = fast.info["masking"]["steps"]
    assert steps == [0, 1, 4, 9, 16, 25, 36, 49]
    np.testing.assert_array_equal(fast.losses, exact.losses[steps])
    weights = np.array(fast.info["masking"]["node_weights"])
    np.testing.assert_allclose(weights @ fast.losses, fast.samples["score"], rtol=1e-6)
    assert not any("fewer than 5" in warning for warning in fast.warnings)


def test_importing_the_package_is_quick() -> None:
    code = (
        "import sys, dlc_core; sys.exit(any(m in sys.modules for m in ('torch', 'pandas', 'umap')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
