"""Filter expressions against a slow loop over the samples."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlc_core.analysis.by_score import by_score
from dlc_core.analysis.expression_masks import ids_where, mask_where
from dlc_core.analysis.expression_tokens import name_in_expression, quoted
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.issues import ISSUES
from dlc_core.runs import Run

from .conftest import ODD

Test = Callable[[int], bool]
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


def columns(view: View) -> dict[str, list[Any]]:
    """Return what each name means, a value a sample, read off the files one by one."""
    run, table = view.run, view.issues
    assert table is not None
    samples, own, decided = run.samples, run.columns, view.decided()
    named = [run.classes[c] for c in samples["class_id"]]
    suspected = table["suspected_class"].tolist()
    return {
        "class": named,
        "label": named,
        "path": samples["path"].tolist(),
        "score": samples["score"].tolist(),
        "percentile": samples["percentile"].tolist(),
        "rank": samples["rank"].tolist(),
        "id": samples["id"].tolist(),
        "suspicion": [float(value) for value in table["suspicion"]],
        "mine": by_score(view, "mine").scores.tolist(),
        "data.rank": own["rank"].tolist(),
        "size": own["size"].tolist(),
        "site": own["site"].tolist(),
        ODD: own[ODD].tolist(),
        "note": [decided.notes.get(i, "") for i in view.ids.tolist()],
        "relabel": [decided.relabelled.get(i, "") for i in view.ids.tolist()],
        "suspected": [
            "" if other == mine else run.classes[other]
            for other, mine in zip(suspected, samples["class_id"], strict=True)
        ],
    }


def sets(view: View) -> dict[str, list[set[str]]]:
    decided, table = view.decided(), view.issues
    assert table is not None
    masks = {name: issue.mask(table) for name, issue in ISSUES.items()}
    issues = [{name for name in masks if masks[name][i]} or {"none"} for i in range(len(view))]
    decisions = []
    for place, i in enumerate(view.ids.tolist()):
        found = {"pin"} if decided.verdict[place] == 1 else set()
        found |= {"exclude"} if decided.verdict[place] == 2 else set()
        found |= {"relabel"} if i in decided.relabelled else set()
        found |= {"note"} if i in decided.notes else set()
        decisions.append(found or {"none"})
    return {"issue": issues, "decision": decisions}


class Grid:
    """Random expressions, each with a function that says literally whether a row meets it."""

    def __init__(self, view: View, seed: int) -> None:
        self.rng, self.columns, self.sets = random.Random(seed), columns(view), sets(view)

    def expression(self, depth: int = 3) -> tuple[str, Test]:
        kind = self.rng.randrange(4 if depth else 1)
        if kind == 1:
            text, test = self.expression(depth - 1)
            return f"not ({text})", lambda row: not test(row)
        if kind in (2, 3):
            parts = [self.expression(depth - 1) for _ in range(self.rng.choice((2, 3)))]
            word, join = ("and", all) if kind == 2 else ("OR", any)
            tests = [test for _, test in parts]
            text = f" {word} ".join(f"({text})" for text, _ in parts)
            return text, lambda row: join(test(row) for test in tests)
        return self.condition()

    def condition(self) -> tuple[str, Test]:
        name = self.rng.choice([*self.columns, *self.sets])
        negated = self.rng.random() < 0.3
        if name in self.sets:
            of = self.sets[name]
            known = sorted(set.union(*of))
            some = self.rng.sample(known, min(2, len(known)))
            word = "not in" if negated else "in"
            text = f"{name} {word} ({', '.join(some)})"
            return text, lambda row: bool(of[row] & set(some)) != negated
        values = self.columns[name]
        value = self.rng.choice(values)
        if isinstance(value, str) and self.rng.random() < 0.3:
            part = value[: self.rng.randrange(1, 9)].swapcase()
            return (
                f"{name_in_expression(name)} {'not ' * negated}contains {quoted(part)}",
                lambda row: (part.lower() in values[row].lower()) != negated,
            )
        if value != value:  # NaN
            value = 0.0
        written = quoted(value) if isinstance(value, str) else repr(value)
        if self.rng.random() < 0.2:
            text = f"{name_in_expression(name)} {'not ' * negated}in({written})"
            return text, lambda row: (values[row] == value) != negated
        sign = self.rng.choice(list(OPERATORS))
        return (
            f"{name_in_expression(name)}{sign} {written}",
            lambda row: OPERATORS[sign](values[row], value),
        )


def test_random_expressions_against_a_loop(rich: View) -> None:
    rows = range(0, len(rich), 17)
    for seed in range(5):
        grid = Grid(rich, seed)
        for _ in range(16):
            text, test = grid.expression()
            found = mask_where(rich, text)
            assert found[::17].tolist() == [test(row) for row in rows], text


def test_and_binds_tighter_than_or_and_not_tightest(rich: View) -> None:
    def mask(text: str) -> list[int]:
        return np.flatnonzero(mask_where(rich, text)).tolist()

    assert mask("class = 1 or class = 2 and percentile > 50") == mask(
        'class = "1" or (class == "2" and percentile > 50)'
    )
    assert mask("not class = 1 and percentile > 50") == mask("class != 1 AND percentile>50")
    assert mask("note ~ 'AGAIN'") == mask('note contains "again"')


def test_words_for_people_are_understood(rich: View) -> None:
    def same(*texts: str) -> None:
        masks = [mask_where(rich, text).tolist() for text in texts]
        assert all(mask == masks[0] for mask in masks), texts
        assert any(masks[0]) or "duplicate" in texts[0]  # the digits have none

    same("issue = duplicate", 'issue = "Duplicates"', "issue = copies", "issue in (duplicate)")
    same('issue = "label-error"', "issue = label-errors", 'issue = "label error"')
    same("issue = any", "issue != none", "not issue = none")
    same("decision = pin", "decision = pinned")
    same("decision = none", "decision = undecided", "decision != any")
    same("good = true", "good = True", "data.good = TRUE", 'good != "false"')
    same("score.mine > 3", "mine > 3")


def test_ids_where_is_what_run_where_gives(rich: View) -> None:
    run = rich.run
    some = run.where("percentile > 90 and decision != exclude")
    assert (
        some.tolist() == rich.ids[mask_where(rich, "percentile>90 and decision!=exclude")].tolist()
    )
    by_mine = run.where("percentile > 90", by="mine")
    assert by_mine.tolist() == ids_where(run, "percentile > 90", by="mine").tolist()
    assert by_mine.tolist() == rich.ids[by_score(rich, "mine").percentile > 90].tolist()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clas = 3", "at character 1: got 'clas', expected one of class, "),
        ("score > 1 and `no such` = 3", "at character 15: got 'no such', expected one of "),
        ("class = 33", "at character 9: got '33', expected one of 3, 0, 1"),
        ('issue = "foo"', "at character 9: got 'foo', expected one of label-error, leak"),
        ("decision in (pin, drop)", "at character 19: got 'drop', expected one of any, pin"),
        ('percentile > "a"', "at character 14: got 'a', expected a number: percentile holds"),
        ("percentile contains 3", "at character 1: percentile holds numbers, got contains"),
        ("issue > 3", "at character 1: issue holds words, got >, expected ="),
        ("class < 5", "at character 9: got '5', expected a text in quotes: class is text"),
        ("subset = 0", "at character 10: got '0', expected one of "),
    ],
)
def test_what_does_not_fit_the_run_is_one_sentence(rich: View, text: str, said: str) -> None:
    with pytest.raises(DLCError) as error:
        mask_where(rich, text)
    assert str(error.value).startswith(f"the filter {said}")
    assert len(str(error.value)) <= 500


def test_without_issues_it_says_how_to_find_them(digits_run: Run, rich: View) -> None:
    from dataclasses import replace

    bare = replace(rich, issues=None)
    for text in ("issue = duplicate", "suspected = 3"):
        with pytest.raises(DLCError, match="are not found yet; find them with dlc kinds"):
            mask_where(bare, text)
    assert np.array_equal(mask_where(bare, "score > 1"), mask_where(rich, "score > 1"))


def test_the_examples_of_the_docs_are_expressions(rich: View) -> None:
    text = (Path(__file__).parents[3] / "docs" / "filters.md").read_text()
    found = re.findall(r"""--where '(.+?)'|run\.where\("(.+?)\"""", text)
    assert len(found) == 6
    for expression in ("".join(pair) for pair in found):
        shown = expression.replace('"cat", "dog"', '"1", "2"')  # the digits have no cats
        mask_where(rich, shown)
