from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from dlc_core.runs import Run
from dlc_core.runs.lock import writing

from .conftest import OpenPage


def words(at: object) -> str:
    return " ".join(item.value for item in at.markdown)  # type: ignore[attr-defined]


def test_it_opens_on_all_samples(open_page: OpenPage, digits_runs: Path, digits_run: Run) -> None:
    at = open_page("explore", digits_runs)
    metrics = {metric.label: metric.value for metric in at.metric}
    accuracy = digits_run.info["nearest_centroid_accuracy"]
    assert metrics["Samples"] == "1,797"
    assert metrics["Nearest-centroid accuracy"] == f"{100 * accuracy:.1f} %"
    assert "All samples: 1,797" in words(at)
    assert at.session_state["open_list"] == hardest(digits_run.samples)[:48]


def hardest(samples: pd.DataFrame) -> list[int]:
    by = samples.sort_values(["percentile", "class_id", "path"], ascending=[False, True, True])
    return [int(identity) for identity in by["id"]]


def test_classes_and_order_filter_the_gallery(
    open_page: OpenPage, digits_runs: Path, digits_run: Run
) -> None:
    at = open_page("explore", digits_runs, **{"classes-digits-demo": [3]}, order="Easiest")
    threes = digits_run.samples[digits_run.samples["class_id"] == 3]
    assert f"All samples of 3: {len(threes)}" in words(at)
    easiest = threes.sort_values("percentile")["id"].tolist()
    assert at.session_state["open_list"] == easiest[:48]


def test_lasso_and_histogram_narrow_down_together(
    open_page: OpenPage, digits_runs: Path, digits_run: Run
) -> None:
    ids = digits_run.samples["id"].to_numpy()[100:300]
    lasso = {"selection": {"points": [{"customdata": [int(i)]} for i in ids]}}
    at = open_page("explore", digits_runs, **{"explore-map": lasso})
    assert "Map selection: 200" in words(at)
    bars = {"selection": {"points": [{"customdata": bin_} for bin_ in range(20, 40)]}}
    at = open_page("explore", digits_runs, **{"explore-map": lasso, "explore-histogram": bars})
    scores = digits_run.samples["score"].to_numpy()
    edges = np.linspace(scores.min(), np.quantile(scores, 0.995), 41)
    expected = int((scores[100:300] >= edges[20]).sum())
    assert f"Map selection + score range: {expected}" in words(at)


def test_an_empty_selection_says_so(open_page: OpenPage, digits_runs: Path) -> None:
    lasso = {"selection": {"points": [{"customdata": [0]}]}}  # digit 0
    at = open_page("explore", digits_runs, **{"classes-digits-demo": [7], "explore-map": lasso})
    assert "nothing is selected here" in words(at)


def test_a_sample_opens_with_its_numbers(
    open_page: OpenPage, digits_runs: Path, digits_run: Run
) -> None:
    at = open_page("explore", digits_runs, open_sample=("digits-demo", 1796))
    sample = digits_run.samples.iloc[1796]
    metrics = {metric.label: metric.value for metric in at.metric}
    assert metrics["Rank over all"] == f"{sample['rank']:,} / 1,797"
    assert any(text.value == "8/digit_1796.png" for text in at.text)


def test_without_a_run_it_says_the_next_step(open_page: OpenPage, tmp_path: Path) -> None:
    for name in ("explore", "prune", "export"):
        at = open_page(name, tmp_path)
        assert "no scored run yet" in at.info[0].value


def test_a_run_of_a_newer_format_is_one_sentence(open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "run.json").write_text('{"format": 2, "status": "done"}')
    for name in ("explore", "prune", "export"):
        at = open_page(name, tmp_path)
        shown = [error.value for error in at.error] + [info.value for info in at.info]
        assert len(shown) == 1
        assert "run format 2" in shown[0].replace("\\", "")


def test_a_sample_of_another_run_is_not_opened(open_page: OpenPage, digits_runs: Path) -> None:
    for stale in (("other", 3), ("digits-demo", 99_999)):
        at = open_page("explore", digits_runs, open_sample=stale)
        assert "open_sample" not in at.session_state


def partial_run(folder: Path, run: Run, done: list[int]) -> None:
    """A copy of a run as it is after a stop: some masks done, no map yet."""
    shutil.copytree(run.path, folder)
    (folder / "projection.parquet").unlink()
    info = json.loads((folder / "run.json").read_text())
    info.update(status="interrupted", warnings=[{"code": "x", "text": "mind the <gap>"}])
    info["masking"]["done"] = done
    (folder / "run.json").write_text(json.dumps(info))


def test_a_stopped_run_shows_its_scores_so_far(
    open_page: OpenPage, tmp_path: Path, digits_run: Run
) -> None:
    partial_run(tmp_path / "half", digits_run, [0, 2])
    at = open_page("explore", tmp_path)
    assert "Scoring stopped before the end" in at.warning[0].value
    assert "the scores rest on 2 of 3 masks" in at.warning[0].value
    assert "mind the \\<gap\\>" in at.warning[1].value
    assert "resume-half" in {button.key for button in at.button}
    assert "All samples: 1,797" in words(at)
    at = open_page("explore", tmp_path, open_sample=("half", 5))  # its curve has two points
    assert any("digit_0005.png" in text.value for text in at.text)


def test_a_run_under_way_shows_its_scores_and_how_to_end_it(
    open_page: OpenPage, tmp_path: Path, digits_run: Run
) -> None:
    partial_run(tmp_path / "half", digits_run, [0])
    with writing(tmp_path / "half"):
        at = open_page("explore", tmp_path)
        assert "**Scores from 1 of 3 masks**" in words(at)
        assert {"finish-live", "cancel-live"} <= {button.key for button in at.button}
        (tmp_path / "half" / "work").mkdir()
        at.button(key="finish-live").click().run()
        assert (tmp_path / "half" / "work" / "finish").exists()
