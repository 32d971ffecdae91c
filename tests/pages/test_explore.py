from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.explore.map_colours import colourings
from dashboard.session_keys import VISIT
from dashboard.view_cache import open_view
from dlc_core.analysis.filter_masks import map_name
from dlc_core.analysis.sample_orders import orders
from dlc_core.decisions import read_log
from dlc_core.runs import Run
from dlc_core.runs.lock import writing
from tests.by_hand import without_digests

from .conftest import ROOT, OpenPage


def words(at: object) -> str:
    return " ".join(item.value for item in at.markdown)  # type: ignore[attr-defined]


def test_it_opens_on_all_samples(open_page: OpenPage, digits_runs: Path, digits_run: Run) -> None:
    at = open_page("explore", digits_runs)
    accuracy = digits_run.info["nearest_centroid_accuracy"]
    assert f"accuracy **{100 * accuracy:.1f} %**" in " ".join(item.value for item in at.caption)
    assert "**All samples: 1,797**" in words(at)
    assert shown(at) == hardest(digits_run.samples)


def shown(at: AppTest) -> list[int]:
    return [int(identity) for identity in at.session_state["open_list"]]


def hardest(samples: pd.DataFrame) -> list[int]:
    by = samples.sort_values(["percentile", "class_id"], ascending=[False, True], kind="stable")
    return [int(identity) for identity in by["id"]]


def test_an_address_is_a_view(open_page: OpenPage, digits_runs: Path, digits_run: Run) -> None:
    samples = digits_run.samples
    at = open_page(
        "explore",
        digits_runs,
        address={"class": ["3", "5"], "hardness": "60..90", "name": "_1", "order": "easiest"},
    )
    wanted = samples[
        samples["class_id"].isin([3, 5])
        & samples["percentile"].between(60, 90)
        & samples["path"].str.contains("_1", regex=False)
    ]
    assert f"**Shown: {len(wanted):,}** of 1,797" in words(at)
    by = wanted.sort_values(["percentile", "class_id"], kind="stable")
    assert shown(at) == by["id"].tolist()
    chips = {button.key: button.label for button in at.button if str(button.key).startswith("chip")}
    assert set(chips) == {"chip-classes-3", "chip-classes-5", "chip-name", "chip-percentile"}
    assert chips["chip-classes-3"].endswith(f"· {int((samples['class_id'] == 3).sum())}")
    at.button(key="chip-name").click().run()
    assert {b.key for b in at.button if str(b.key).startswith("chip")} == set(chips) - {"chip-name"}
    at.button(key="filter-back").click().run()
    assert f"**Shown: {len(wanted):,}** of 1,797" in words(at)
    at.button(key="filter-invert").click().run()
    assert f"**Shown: {1797 - len(wanted):,}** of 1,797" in words(at)
    at.button(key="filter-show-all").click().run()
    assert "**All samples: 1,797**" in words(at)


def test_nonsense_in_an_address_is_left_out(open_page: OpenPage, digits_runs: Path) -> None:
    at = open_page(
        "explore",
        digits_runs,
        address={
            "class": "99", "hardness": "x..y", "score": "5", "kind": "<b>", "decided": "maybe",
            "lasso": "1 2 nan", "order": "upside-down", "page": "-3", "tile": "9999",
        },
    )  # fmt: skip
    assert "**All samples: 1,797**" in words(at)
    assert not at.error


def test_a_lasso_selects_what_lies_inside(
    open_page: OpenPage, digits_runs: Path, digits_run: Run
) -> None:
    places = digits_run.projection[["x", "y"]].to_numpy(dtype=np.float32)
    low, high = np.quantile(places, [0.2, 0.7], axis=0)
    inside = ((places > low) & (places < high)).all(axis=1)
    corners = [low[0], low[1], high[0], low[1], high[0], high[1], low[0], high[1]]
    name = map_name(open_view(digits_run.path))
    address = {"lasso": " ".join(str(corner) for corner in corners), "map": name}
    at = open_page("explore", digits_runs, address=address)
    assert f"**Shown: {int(inside.sum()):,}** of 1,797" in words(at)
    at = open_page("explore", digits_runs)
    for key, value in {**address, "map": "another"}.items():
        at.query_params[key] = value
    at.session_state[VISIT] += 1  # as if one came from another page: AppTest passes app.py by
    at.run()
    assert "**All samples: 1,797**" in words(at)
    assert "another map" in at.toast[0].value


def test_the_filter_is_a_command_and_can_be_typed(
    open_page: OpenPage, digits_runs: Path, digits_run: Run
) -> None:
    at = open_page("explore", digits_runs, address={"class": "3", "hardness": "20.0..100.0"})
    command = shlex.split(at.code[0].value)
    assert command == [
        "dlc", "list", str(digits_run.path), "--where", 'class = "3" and percentile >= 20',
    ]  # fmt: skip
    assert f"**Shown: {digits_run.where(command[-1]).size:,}** of 1,797" in words(at)
    typed = 'class in (3, "4") and percentile > 90'
    at.text_input(key="filter-expression").set_value(typed).run()
    assert f"**Shown: {digits_run.where(typed).size:,}** of 1,797" in words(at)
    assert at.text_input(key="filter-expression").value == ""
    for wrong, said in (("clas = 3", "got 'clas', expected one of"), ("rank < 9", "ask dlc list")):
        at.text_input(key="filter-expression").set_value(wrong).run()
        assert said in plain(at.toast[0].value)
        assert f"**Shown: {digits_run.where(typed).size:,}** of 1,797" in words(at)
    lasso = {"lasso": "0 0 9 0 9 9", "map": map_name(open_view(digits_run.path))}
    at = open_page("explore", digits_runs, address=lasso)
    assert at.code[0].value == f"dlc list {digits_run.path}"
    assert any("Without the lasso" in caption.value for caption in at.caption)


def plain(markdown: str) -> str:
    return markdown.replace("\\", "")


def test_every_colour_order_and_layout_can_be_drawn(
    open_page: OpenPage, digits_runs: Path, digits_run: Run
) -> None:
    view = open_view(digits_run.path)
    for colour in colourings(view):
        assert "All samples" in words(open_page("explore", digits_runs, address={"colour": colour}))
    for order in orders(view):
        at = open_page("explore", digits_runs, address={"order": order, "layout": "class"})
        assert sorted(shown(at)) == list(range(1797))
    at = open_page("explore", digits_runs, address={"layout": "strips", "bars": "class"})
    samples = digits_run.samples
    of_first = samples[samples["class_id"] == 0].sort_values("percentile")["id"].tolist()
    assert shown(at)[:10] == of_first[:5] + of_first[-5:]


def test_decisions_are_saved_and_taken_back(
    open_page: OpenPage, tmp_path: Path, digits_run: Run
) -> None:
    shutil.copytree(digits_run.path, tmp_path / "copy")
    at = open_page("explore", tmp_path, address={"class": "4"})
    fours = int((digits_run.samples["class_id"] == 4).sum())
    assert at.button(key="explore-exclude").disabled
    at.button(key="pick-all").click().run()
    at.button(key="explore-exclude").click().run()
    assert read_log(tmp_path / "copy").state(np.arange(1797)).counts["exclude"] == fours
    assert "Excluded" in at.toast[0].value
    at.button(key="explore-undo").click().run()
    assert read_log(tmp_path / "copy").state(np.arange(1797)).counts["exclude"] == 0
    at.button(key="explore-redo").click().run()
    assert read_log(tmp_path / "copy").state(np.arange(1797)).counts["exclude"] == fours
    at = open_page("prune", tmp_path)
    assert any(f"{fours:,} excluded" in caption.value for caption in at.caption)


def test_an_empty_selection_says_so(open_page: OpenPage, digits_runs: Path) -> None:
    at = open_page("explore", digits_runs, address={"class": "7", "name": "no such file"})
    assert "**Shown: 0** of 1,797" in words(at)


def test_a_sample_opens_with_its_numbers(
    open_page: OpenPage, digits_runs: Path, digits_run: Run
) -> None:
    at = open_page("explore", digits_runs, open_sample=("digits-demo", 1796))
    sample = digits_run.samples.iloc[1796]
    metrics = {metric.label: metric.value for metric in at.metric}
    assert metrics["Rank over all"] == f"{sample['rank']:,} / 1,797"
    assert any(text.value == "8/digit_1796.png" for text in at.text)


def test_the_app_opens_on_explore(digits_runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLC_RUNS", str(digits_runs))
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert not at.exception
    assert at.title[0].value == "Explore"
    assert "**All samples: 1,797**" in words(at)


def test_without_a_run_it_says_the_next_step(open_page: OpenPage, tmp_path: Path) -> None:
    for name in ("explore", "classes", "compare", "decisions", "prune", "export"):
        at = open_page(name, tmp_path)
        assert "no scored run yet" in at.info[0].value


def test_a_run_of_a_newer_format_is_one_sentence(open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "run.json").write_text('{"format": 2, "status": "done"}')
    for name in ("explore", "classes", "compare", "decisions", "prune", "export"):
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
    without_digests(folder)


def test_a_stopped_run_shows_its_scores_so_far(
    open_page: OpenPage, tmp_path: Path, digits_run: Run
) -> None:
    partial_run(tmp_path / "half", digits_run, [0, 2])
    at = open_page("explore", tmp_path)
    assert "Scoring stopped before the end" in at.warning[0].value
    assert "the scores rest on 2 of 3 masks" in at.warning[0].value
    assert any("mind the \\<gap\\>" in one.value for one in at.warning)
    assert any(str(button.key).startswith("resume-half") for button in at.button)
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


def test_an_address_that_is_out_of_date_lifts_no_filter(
    open_page: OpenPage, digits_runs: Path
) -> None:
    at = open_page("explore", digits_runs)
    at.multiselect(key="filter-classes").set_value([3]).run()
    assert list(at.query_params["class"]) == ["3"]
    del at.query_params["class"]  # as a request has it that was under way
    at.selectbox(key="choice-colour").set_value("class").run()
    assert at.multiselect(key="filter-classes").value == [3]
    assert list(at.query_params["class"]) == ["3"]


def test_clusters_are_not_called_classes(
    open_page: OpenPage, digits_run: Run, tmp_path: Path
) -> None:
    run = tmp_path / "unlabelled"
    shutil.copytree(digits_run.path, run)
    info = json.loads((run / "run.json").read_text())
    info["dataset"]["labels"] = "clusters"
    (run / "run.json").write_text(json.dumps(info))
    without_digests(run)
    at = open_page("explore", tmp_path)
    told = " ".join(item.value for item in at.caption)
    assert "**10** clusters" in told
    assert "classes" not in told
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()  # has the sidebar
    (described,) = app.sidebar.caption
    assert "10 clusters" in described.value
