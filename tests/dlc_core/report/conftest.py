"""What the report's tests share: a small run, and reading a page back."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from benchmarks.synthetic import explorable_run
from dlc_core.runs import Run


class Page(HTMLParser):
    """A page as a browser takes it: every element with its attributes, and all text."""

    def __init__(self, text: str) -> None:
        """Read the page."""
        super().__init__()
        self.elements: list[tuple[str, dict[str, Any]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.words.append(data)

    @property
    def text(self) -> str:
        """All text, with single spaces."""
        return " ".join(" ".join(self.words).replace("\N{NO-BREAK SPACE}", " ").split())

    def tags(self, name: str) -> list[dict[str, Any]]:
        """Return the attributes of each element of a name."""
        return [attributes for tag, attributes in self.elements if tag == name]


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """600 samples in 20 classes with a map, issues and pictures; read only."""
    return explorable_run(tmp_path_factory.mktemp("synthetic") / "run", 600, 20)


@pytest.fixture
def page() -> Callable[[str], Page]:
    """Read a page back."""
    return Page


@pytest.fixture
def own(tmp_path: Path) -> Run:
    """A run of 60 samples in 4 classes that a test may change."""
    return explorable_run(tmp_path / "own", 60, 4)
