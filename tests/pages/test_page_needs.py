"""A page that cannot work for a run says so in one sentence, with the next step."""

from __future__ import annotations

from pathlib import Path

from dashboard.page_registry import PAGES
from dlc_core.needs import NEEDS
from dlc_core.runs import Run
from tests.dlc_core.test_needs import bare
from tests.pages.conftest import OpenPage

ROOT = Path(__file__).parents[2]


def test_every_page_is_listed_with_needs_that_there_are() -> None:
    assert {entry.file for entry in PAGES.values()} == {
        f"pages/{file.name}" for file in (ROOT / "pages").glob("*.py")
    }
    assert {need for entry in PAGES.values() for need in entry.needs} <= NEEDS.keys()


def test_one_class_without_features(digits_run: Run, tmp_path: Path, open_page: OpenPage) -> None:
    bare(digits_run, tmp_path / "bare")
    for page in ("classes", "evidence"):
        at = open_page(page, tmp_path)
        said = f"The page {page.capitalize()} needs samples of at least two classes"
        assert [one.value[: len(said)] for one in at.info] == [said]
        assert not at.error
        assert not at.button
    for page in ("explore", "prune", "export"):
        at = open_page(page, tmp_path)
        assert not at.exception
        assert not at.error
