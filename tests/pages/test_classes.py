from __future__ import annotations

from dlc_core.runs import Run

from .conftest import OpenPage


def test_the_page_lists_the_classes(open_page: OpenPage, digits_run: Run) -> None:
    at = open_page("classes", digits_run.path.parent)
    assert len(at.dataframe[0].value) == 10
    assert any("Pick classes" in button.label for button in at.button)
