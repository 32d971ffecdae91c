"""The page: what it says is what the subset is; nothing in it reaches out or grows."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.synthetic import explorable_run, synthetic_run
from dlc_core.analysis.similarity_to_random import FARTHER, SimilarityRow
from dlc_core.atomic_files import read_json, write_json
from dlc_core.decisions import record
from dlc_core.errors import DLCError
from dlc_core.recipes import select
from dlc_core.report import SubsetFile, build_report
from dlc_core.runs import Run
from dlc_core.similarity import MEASURES
from tests.by_hand import without_digests

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
Read = Callable[[str], Any]


def _row(text: str, name: str) -> list[str]:
    """Return the numbers in the table's row of a class."""
    (row,) = re.findall(rf"<tr><th[^>]*>(?:<[^>]*>)?{name}<.*?</tr>", text)
    return re.findall(r'<td class="n">([^<]*)</td>', row)


def test_the_counts_are_the_subsets(synthetic: Run, page: Read) -> None:
    subset = select(synthetic, keep_ratio=0.31, gamma=0.3, seed=4)
    text = build_report(synthetic, subset, made=NOON)
    said = page(text).text
    assert "synthetic: 186 of 600 samples kept" in said
    assert "kept 186 31 % of all dropped 414 excluded 0 by hand pinned 0 by hand" in said
    assert "classes 20 faults 0" in said
    assert "Report of 3 May 2026, 12:00 UTC" in said
    samples = synthetic.samples
    kept = samples.iloc[subset.positions]
    for name in synthetic.classes:
        own, held = samples[samples["label"] == name], kept[kept["label"] == name]
        numbers = _row(text, name)
        assert numbers[:2] == [str(len(own)), str(len(held))]
        assert numbers[3] == f"{held['percentile'].mean():.1f}"


def test_the_recipe_and_its_command_are_there(synthetic: Run, page: Read) -> None:
    said = page(build_report(synthetic, select(synthetic, keep_ratio=0.25, seed=7))).text
    command = "dlc prune run --strategy flexrand --keep 0.25 --gamma 0.5 --seed 7 --out kept.csv"
    assert command in said
    assert '{ "strategy": "flexrand", "keep_ratio": 0.25, "gamma": 0.5, "seed": 7 }' in said
    assert "not measured here" in said
    assert "@inproceedings{dlc2025," in said
    assert str(synthetic.path.parent) not in said  # nothing of this machine's folders


def test_decisions_are_counted_and_honoured(own: Run, page: Read) -> None:
    record(own.path, [0, 1, 2], by="test", verdict="exclude")
    record(own.path, [3, 4], by="test", verdict="pin")
    record(own.path, [5], by="test", note="why?")
    subset = select(own, keep_ratio=0.2)
    said = page(build_report(own, subset)).text
    assert f"dropped {57 - len(subset)} excluded 3 by hand pinned 2 by hand" in said
    assert "2 pins, 3 exclusions, 0 new labels and 1 note, on 6 samples" in said
    assert "--ignore-decisions" not in said
    ignoring = page(build_report(own, select(own, keep_ratio=0.2, decisions=False))).text
    assert "2 pins and 3 exclusions that stand in the run are not looked at" in ignoring
    assert "--ignore-decisions --out kept.csv" in ignoring
    record(own.path, [6], by="test", verdict="pin")
    assert "have changed since this subset was chosen" in page(build_report(own, subset)).text


def test_a_subset_file_has_no_recipe(own: Run, page: Read) -> None:
    record(own.path, [0], by="test", verdict="exclude")
    record(own.path, [9], by="test", verdict="pin")
    said = page(build_report(own, SubsetFile(np.array([0, 5, 7]), "mine.npy"))).text
    assert "the file mine.npy keeps" in said
    assert "kept 3 5 % of all dropped 57 excluded 0" in said
    assert "1 sample in this file stand" in said
    assert "1 sample pinned in the run now are not" in said
    assert "No recipe is known" in said
    assert "dlc prune" not in said
    with pytest.raises(DLCError, match="sample 60 is not in"):
        build_report(own, SubsetFile(np.array([60]), "mine.npy"))


def test_cautions_and_the_warning_of_top_k_come_first(own: Run, page: Read) -> None:
    info = {**own.info, "warnings": [{"code": "collapse", "text": "It collapses early."}]}
    info["masking"] = {**info["masking"], "done": [0, 1]}
    run = Run(own.path, info)
    said = page(build_report(run, select(run, strategy="hardest", keep_ratio=0.5))).text
    start = said.index("Before you rely on this")
    assert said.index("The scores rest on 2 of 3 masks.") > start
    assert said.index("It collapses early.") > start
    assert start < said.index("loses to plain random") < said.index("What is kept")


def test_similarity_says_where_random_lies(synthetic: Run, page: Read) -> None:
    subset = select(synthetic, keep_ratio=0.5)
    assert "How like the whole" not in page(build_report(synthetic, subset)).text
    rows = [
        SimilarityRow("mmd", "MMD", 0.5, 0.1, 0.2, FARTHER),
        SimilarityRow("coverage", "Coverage", 0.05, 0.1, 0.25, "another <b>one</b>"),
        SimilarityRow("frechet", "Frechet", float("nan"), 0.1, 0.2, "not defined"),
    ]
    said = page(build_report(synthetic, subset, similarity=rows)).text
    assert f"MMD {MEASURES['mmd'].description} 0.5 0.1 to 0.2 {FARTHER}" in said
    assert "0.05 0.1 to 0.25 another <b>one</b>" in said
    assert "– 0.1 to 0.2 not defined" in said


def test_nothing_reaches_out_and_no_script_runs(synthetic: Run, page: Read) -> None:
    text = build_report(synthetic, select(synthetic))
    assert "://" not in text
    found = page(text)
    assert not found.tags("script")
    assert not found.tags("link")
    assert not found.tags("a")
    for tag, attributes in found.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in ("src", "href", "data", "action", "srcset"):
                assert value.startswith(("data:image/png;base64,", "data:image/jpeg;base64,"))
    style = (Path(__file__).parents[3] / "dlc_core/report/style.css").read_text()
    assert "url(" not in style
    assert "@import" not in style
    (policy,) = [m["content"] for m in found.tags("meta") if "http-equiv" in m]
    assert policy.startswith("default-src 'none'")


def test_every_picture_and_drawing_says_what_it_shows(synthetic: Run, page: Read) -> None:
    found = page(build_report(synthetic, select(synthetic)))
    assert found.tags("img")
    assert all(image.get("alt") for image in found.tags("img"))
    assert all(drawing["aria-label"] for drawing in found.tags("svg"))


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt; & 'quoted'",
    "\u202egpj.exe",
    "new\nline\ttab",
    "–" * 300,
    "]]></style><style>*{display:none}",
]


def test_hostile_names_are_shown_literally(own: Run, page: Read) -> None:
    table = own.samples.copy()
    names = [HOSTILE[i] if i < len(HOSTILE) else "x" for i in range(4)]
    names[3] = HOSTILE[7]
    table["label"] = [names[i] for i in table["class_id"]]
    rows = table.sort_values("class_rank").index[:8]
    table.loc[rows, "path"] = HOSTILE
    table.to_parquet(own.path / "samples.parquet")
    info = read_json(own.path / "run.json") or {}
    info["dataset"] |= {"classes": names, "name": HOSTILE[0], "fingerprint": HOSTILE[1]}
    info["backbone"] |= {"name": HOSTILE[7], "weights": HOSTILE[3], "digest": HOSTILE[2]}
    info |= {"created": HOSTILE[1], "score": HOSTILE[0], "profile": HOSTILE[0]}
    info |= {"warnings": [{"text": HOSTILE[0]}], "versions": {HOSTILE[0]: HOSTILE[1]}}
    info["projection"] = {"method": HOSTILE[0]}
    write_json(own.path / "run.json", info)
    without_digests(own.path)
    run = Run.open(own.path)
    plain = build_report(run, SubsetFile(np.array([1]), HOSTILE[1]))
    found = page(plain)
    assert not found.tags("script")
    assert len(found.tags("style")) == 1
    assert all("onerror" not in image for image in found.tags("img"))
    assert {i["src"].split(":")[0] for i in found.tags("img")} == {"data"}
    for name in names:
        assert name in found.text
    assert HOSTILE[0] in found.text[: found.text.index("Pruning report") + 200]
    shown = {i["alt"] for i in found.tags("img")}
    assert any(alt.startswith("\\u202egpj.exe,") for alt in shown)
    assert any(alt.startswith("new\\nline\\ttab,") for alt in shown)
    assert any(alt.startswith("{{ 7 * 7 }}{% raw %},") for alt in shown)
    assert "\u202e" not in plain


def test_the_template_never_marks_data_as_safe() -> None:
    source = (Path(__file__).parents[3] / "dlc_core/report/page.html").read_text()
    assert not re.search(r"\|\s*safe|Markup|autoescape", source)


def test_thousands_of_classes_stay_bounded(tmp_path: Path, page: Read) -> None:
    run = explorable_run(tmp_path / "run", 9000, 3000)
    text = build_report(run, select(run, keep_ratio=0.1))
    found = page(text)
    present = run.samples["class_id"].nunique()
    assert len(text) < 3_000_000
    assert len(found.tags("img")) <= 12 * 8 + 4
    assert len(found.tags("svg")) == 13
    assert f"… and {present - 40:,} more classes." in found.text
    assert f"the 12 largest classes; {present - 12:,} more are not drawn" in found.text
    assert f"Of the 12 classes with most samples; {present - 12:,} more are not" in found.text
    kept = run.samples["class_id"].iloc[select(run, keep_ratio=0.1).positions].nunique()
    assert f"{present - kept:,} classes keep nothing" in found.text


def test_a_run_without_map_kinds_and_pictures(tmp_path: Path, page: Read) -> None:
    run = synthetic_run(tmp_path / "run", 50, 3)
    found = page(build_report(run, select(run)))
    assert "This run has no map yet" in found.text
    assert "have not been looked for in this run" in found.text
    assert not found.tags("img")
    tiles = [s for s in found.tags("span") if s.get("class") == "missing"]
    assert len(tiles) == 3 * 8
    assert all(tile["aria-label"].startswith("No picture of class_") for tile in tiles)


def test_one_sample_a_class_and_nothing_kept(tmp_path: Path, page: Read) -> None:
    run = explorable_run(tmp_path / "run", 3, 40)
    found = page(build_report(run, select(run, keep_ratio=0.1)))
    assert "kept 0 0 % of all dropped 3" in found.text


def test_the_same_run_subset_and_moment_give_the_same_text(synthetic: Run) -> None:
    subset = select(synthetic, keep_ratio=0.4)
    first = build_report(synthetic, subset, made=NOON)
    assert first == build_report(Run.open(synthetic.path), subset, made=NOON)
    later = build_report(synthetic, subset, made=NOON.replace(hour=13))
    assert later.replace("13:00 UTC", "12:00 UTC") == first


def test_every_step_is_told(synthetic: Run) -> None:
    told: list[int] = []
    build_report(synthetic, select(synthetic), report=lambda step: told.append(step.done))
    assert told == list(range(7))
