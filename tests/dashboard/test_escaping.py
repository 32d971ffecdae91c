from __future__ import annotations

import pytest

from dashboard.escaping import for_markdown, for_plotly, shortened, visible_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain name_1", r"plain name\_1"),
        ("**b** [x](y) <i> $z$ :smile: a\\b", r"\*\*b\*\* \[x\]\(y\) \<i\> \$z\$ \:smile\: a\\b"),
        ("line\nbreak", r"line\\nbreak"),
        ("\u202eabc", r"\\u202eabc"),
    ],
)
def test_for_markdown_escapes_all_that_means_something(name: str, expected: str) -> None:
    assert for_markdown(name) == expected


def test_for_plotly_escapes_html() -> None:
    assert for_plotly("<b>&'") == "&lt;b&gt;&amp;'"


def test_visible_and_shortened_names() -> None:
    assert visible_name("a\tb😀é") == "a\\tb😀é"
    assert shortened("abc") == "abc"
    assert shortened("x" * 50, 9) == "xxxx…xxxx"
