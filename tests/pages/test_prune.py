from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

import dlc_core as dlc
from dlc_core.decisions import record
from dlc_core.recipes import saved_recipes
from dlc_core.runs import Run

from .conftest import OpenPage


def kept(at: object) -> int:
    metrics = {metric.label: metric.value for metric in at.metric}  # type: ignore[attr-defined]
    return int(metrics["Kept"].replace(",", ""))


def test_sliders_give_the_core_its_recipe(
    open_page: OpenPage, digits_runs: Path, digits_run: Run
) -> None:
    at = open_page("prune", digits_runs)
    assert kept(at) == 539
    at.slider(key="pruned").set_value(90).run()
    assert kept(at) == 180
    at.slider(key="split").set_value(20).run()
    subset = dlc.select(digits_run, keep_ratio=0.1, gamma=0.2)
    easy = digits_run.samples["percentile"].to_numpy()[subset.positions] < 20
    caption = next(c.value for c in at.caption if "easy ones" in c.value)
    assert f"Draws {np.count_nonzero(easy)} of the" in caption


def test_each_strategy_shows_what_it_is(open_page: OpenPage, digits_runs: Path) -> None:
    at = open_page("prune", digits_runs)
    for name in ("random", "hardest", "easiest", "flexrand"):
        at.selectbox(key="strategy").set_value(name).run()
        assert not at.exception
        assert kept(at) == 539
        assert [box.key for box in at.slider] == [
            "pruned",
            *(["split"] if name == "flexrand" else []),
        ]
        assert bool(at.warning) == (name in ("hardest", "easiest"))


def test_pins_are_kept_and_exclusions_are_not_counted(
    open_page: OpenPage, tmp_path: Path, digits_run: Run
) -> None:
    run = tmp_path / "copy"
    shutil.copytree(digits_run.path, run)
    plain = dlc.select(Run.open(run), keep_ratio=0.3, gamma=0.5)
    dropped = np.setdiff1d(digits_run.samples["id"], plain.ids)[:4].tolist()
    record(run, dropped, by="one", verdict="pin")
    record(run, plain.ids[:90].tolist(), by="one", verdict="exclude")
    at = open_page("prune", tmp_path)
    subset = dlc.select(Run.open(run), keep_ratio=0.3, gamma=0.5)
    metrics = {metric.label: metric.value for metric in at.metric}
    assert kept(at) == len(subset)
    assert set(dropped) <= set(subset.ids)
    assert not set(plain.ids[:90]) & set(subset.ids)
    assert metrics["Dropped"] == f"{subset.dropped:,}"
    assert any("4 pinned samples are kept, 90 excluded" in c.value for c in at.caption)
    at = open_page("export", tmp_path)
    assert at.dataframe[0].value["id"].tolist() == subset.ids[:20].tolist()
    assert f"**{len(subset):,} of " in " ".join(item.value for item in at.markdown)


def test_the_division_reaches_the_core(
    open_page: OpenPage, digits_runs: Path, digits_run: Run
) -> None:
    at = open_page("prune", digits_runs, address={"pruned": 95, "minimum": 12})
    expected = dlc.select(digits_run, keep_ratio=0.05, minimum=12)
    assert kept(at) == len(expected)
    at.selectbox(key="balance").set_value("uniform").run()
    assert at.number_input(key="minimum").disabled
    at.toggle(key="copies").set_value(True).run()
    subset = dlc.select(digits_run, keep_ratio=0.05, balance="uniform", without_copies=True)
    assert kept(at) == len(subset)
    assert at.session_state["scope"] == "class"
    at.session_state["scope"] = "global"
    at.run()
    assert kept(at) == len(
        dlc.select(digits_run, keep_ratio=0.05, scope="global", without_copies=True)
    )
    assert any("partly ranks classes" in item.value for item in at.warning)


def test_the_subset_is_held_against_random(open_page: OpenPage, digits_runs: Path) -> None:
    at = open_page("prune", digits_runs, address={"strategy": "hardest", "pruned": 90})
    (table,) = [item.value for item in at.table if "than random" in item.value]
    assert table.loc["Mean gap", "than random"] == "farther"
    at.selectbox(key="strategy").set_value("random").run()
    at.number_input(key="seed").set_value(3).run()  # one of the five that it is held against
    (table,) = [item.value for item in at.table if "than random" in item.value]
    assert set(table["than random"]) == {"alike"}


def test_recipes_are_kept_put_beside_used_deleted_and_brought_back(
    open_page: OpenPage, tmp_path: Path, digits_run: Run
) -> None:
    run = tmp_path / "copy"
    shutil.copytree(digits_run.path, run)
    at = open_page("prune", tmp_path, address={"strategy": "hardest", "pruned": 90})
    at.text_input(key="recipe-name").set_value("A hard").run()
    at.button(key="recipe-save").click().run()
    assert saved_recipes(run)["A hard"]["recipe"] == {"strategy": "hardest", "keep_ratio": 0.1}
    at.selectbox(key="strategy").set_value("flexrand").run()
    at.slider(key="pruned").set_value(50).run()
    at.selectbox(key="recipe-beside").set_value("A hard").run()
    drawn = "\n".join(item.proto.body for item in at.get("html"))
    assert "899 (50.0 %)" in drawn
    assert "180 (10.0 %)" in drawn
    one, other = (dlc.select(digits_run, keep_ratio=0.5), dlc.select(
        digits_run, strategy="hardest", keep_ratio=0.1))  # fmt: skip
    both = len(np.intersect1d(one.ids, other.ids))
    for words in (f"{both:,} in both", f"{899 - both:,} only in A", f"{180 - both:,} only in B"):
        assert f"</span>{words}</span>" in drawn
    (table,) = [item.value for item in at.table if "B than random" in item.value]
    assert table.loc["Mean gap", "B than random"] == "farther"
    assert list(table)[1] == "random, 899 of A"
    assert any("that only B keeps" in item.value for item in at.markdown)
    alone = at.session_state["similarity-beside"]
    at.slider(key="pruned").set_value(60).run()
    assert at.session_state["similarity-beside"] is alone  # B's are not measured again
    at.button(key="recipe-use").click().run()
    assert at.selectbox(key="strategy").value == "hardest"
    assert kept(at) == 180
    at.button(key="recipe-delete").click().run()
    assert saved_recipes(run) == {}
    at.button(key="recipe-undo").click().run()
    assert list(saved_recipes(run)) == ["A hard"]
    at.text_input(key="recipe-name").set_value("../x").run()
    at.button(key="recipe-save").click().run()
    assert any("name must be letters" in item.value for item in at.toast)
    assert not at.exception


def test_own_numbers_of_classes(open_page: OpenPage, digits_runs: Path, digits_run: Run) -> None:
    counts = ("digits-demo", {"3": 5})
    state = {"class-counts": counts, "class-counts-begun": counts}
    at = open_page("prune", digits_runs, **state)
    at.selectbox(key="balance").set_value("own").run()
    assert kept(at) == len(dlc.select(digits_run, balance="own", class_counts={"3": 5}))
    at.number_input(key="minimum").set_value(20).run()
    assert not at.exception
    assert at.session_state["class-counts"] == counts


def test_groups_are_kept_whole(open_page: OpenPage, tmp_path: Path, digits_run: Run) -> None:
    at = open_page("prune", digits_run.path.parent)
    assert not [box for box in at.selectbox if box.key == "whole"]  # the data has no columns
    run = tmp_path / "digits"
    shutil.copytree(digits_run.path, run)
    ids = digits_run.samples["id"]
    table = pd.DataFrame({"id": ids, "writer": ids % 30, "<b>odd": "x"})
    table.to_parquet(run / "columns.parquet")
    at = open_page("prune", tmp_path)
    at.selectbox(key="whole").set_value("writer").run()
    subset = dlc.select(Run.open(run), keep_ratio=0.3, whole_groups="writer")
    assert kept(at) == len(subset)
    assert any("groups that stand for them" in item.value for item in at.caption)
    assert subset.ids.tolist() == sorted(
        sample for writer in set(subset.ids % 30) for sample in ids if sample % 30 == writer
    )
    at.selectbox(key="whole").set_value("<b>odd").run()
    assert any("no whole group fits" in item.value for item in at.error)
    assert not at.exception
