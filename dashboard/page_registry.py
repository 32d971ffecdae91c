"""The pages: title, place in the navigation, and what each needs of a run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageEntry:
    """One page.

    Attributes:
        title: for people.
        icon: of Streamlit's material icons.
        group: the heading that it stands under.
        needs: keys of `dlc_core.needs.NEEDS` without which it says so instead.
    """

    title: str
    icon: str
    group: str
    needs: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Where its code is."""
        return f"pages/{self.title.lower()}.py"


# In the order of the navigation.
PAGES: dict[str, PageEntry] = {
    entry.title: entry
    for entry in (
        PageEntry("Score", ":material/speed:", "Measure"),
        PageEntry("Explore", ":material/scatter_plot:", "Look"),
        PageEntry("Classes", ":material/category:", "Look", ("classes",)),
        PageEntry("Compare", ":material/compare_arrows:", "Look"),
        PageEntry("Decisions", ":material/gavel:", "Decide"),
        PageEntry("Prune", ":material/content_cut:", "Decide"),
        PageEntry("Evidence", ":material/science:", "Decide", ("classes", "features")),
        PageEntry("Export", ":material/download:", "Decide"),
    )
}
