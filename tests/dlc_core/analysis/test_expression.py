from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlc_core.analysis.expression import And, Condition, Not, Or, parse
from dlc_core.analysis.expression_tokens import name_in_expression, quoted
from dlc_core.errors import DLCError


def plain(tree: object) -> object:
    """Return a tree as nested tuples."""
    if isinstance(tree, Condition):
        return (tree.name.text, tree.operator, *(value.text for value in tree.values))
    if isinstance(tree, Not):
        return ("not", plain(tree.part))
    assert isinstance(tree, And | Or)
    return ("and" if isinstance(tree, And) else "or", *map(plain, tree.parts))


def test_the_tree() -> None:
    text = (
        """issue = 'label-error' and class not in ("cat", dog) or not(path ~ "a\\"b") AND x>=-1e3"""
    )
    assert plain(parse(text)) == (
        "or",
        ("and", ("issue", "=", "label-error"), ("not", ("class", "=", "cat", "dog"))),
        ("and", ("not", ("path", "contains", 'a"b')), ("x", ">=", "-1e3")),
    )
    assert plain(parse("`a b`!=.5")) == ("not", ("a b", "=", ".5"))


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('class = "1', 9, "expected its closing quote"),
        ("score >=", 9, "got its end, expected a number or a text"),
        ("(score > 1", 11, "got its end, expected and, or, or )"),
        ("score > 1)", 10, "got ')', expected and, or, or its end"),
        ("score > 1 percentile > 2", 11, "got 'percentile', expected and, or"),
        ("class in ()", 11, "got ')', expected a number or a text"),
        ("class in 'cat'", 10, "got 'cat', expected ( and values"),
        ("class in ('cat' 'dog')", 17, "got 'dog', expected a comma or )"),
        ("score not > 3", 11, "got '>', expected in or contains"),
        ("score", 6, "got its end, expected one of = != < <= > >=, in, not in or contains"),
        ("score > and", 9, "got 'and', expected a number"),
        ("and score > 1", 1, "got 'and', expected the name of a column"),
        ("score > 1 or", 13, "got its end, expected the name of a column"),
        ("score > $5", 9, "got '$5', expected a name, a value or an operator"),
        ("score > 5x", 9, "got '5x', expected a name, a value"),
        ("(" * 60 + "score > 1" + ")" * 60, 51, "at most 50 parentheses"),
        ("not " * 60 + "score > 1", 201, "at most 50 parentheses"),
        (" or ".join(["x = 1"] * 501), 4501, "at most 500 conditions"),
        ("__import__('os').read()", 17, "expected a name, a value or an operator"),
        ("__import__('os')", 11, "got '(', expected one of ="),
    ],
)
def test_what_is_none_is_one_sentence(text: str, place: int, said: str) -> None:
    with pytest.raises(DLCError) as error:
        parse(text)
    assert str(error.value).startswith(f"the filter at character {place}: ")
    assert said in str(error.value)
    assert len(str(error.value)) < 300


def test_bounds_on_the_whole() -> None:
    with pytest.raises(DLCError, match="has 30,000 characters, expected at most 20,000"):
        parse("a" * 30_000)
    with pytest.raises(DLCError, match="the filter is empty; expected a condition"):
        parse("  ")


@given(st.text(max_size=60), st.text(min_size=1, max_size=30))
def test_any_text_can_be_written_and_read_back(value: str, name: str) -> None:
    tree = parse(f"{name_in_expression(name)} = {quoted(value)}")
    assert plain(tree) == (name, "=", value)


@given(st.text(alphabet="abc=<>!~()'\"`\\, .0-9andornotin", max_size=80))
def test_any_text_is_a_tree_or_a_sentence(text: str) -> None:
    with contextlib.suppress(DLCError):
        assert plain(parse(text))
