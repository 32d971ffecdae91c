"""The house's layers: arrows between files point down, none in a circle, no streamlit in the core.

Every import counts, those inside functions and under TYPE_CHECKING, too; a package's __init__ is a
file like others. The layers are those of the design, written down in LAYERS.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOPS = ("dlc_core", "dashboard", "pages")

# From the top down; what stands in one row must not import each other's files, but for the ground
# floor, where the rule is that there is no circle.
LAYERS = (
    ("__main__",),
    ("cli",),
    ("jobs",),
    ("pipeline",),  # dlc_core.score: a scoring and what is found of its samples besides
    ("engines",),
    ("report",),
    ("export", "evidence"),
    ("analysis",),
    ("reimport",),
    ("recipes",),
    ("decisions",),
    ("selection",),
    ("scores",),
    ("similarity",),
    ("kinds",),
    ("issues", "projection"),
    ("training",),  # fine-tunes a backbone on a run's images, which it decodes as scoring does
    ("scoring",),
    ("needs",),  # what a run lacks of what an entry of a registry needs
    ("runs",),
    ("backbones",),
    ("modalities",),
    ("datasets",),
    ("masking",),
)
ROWS = {unit: len(LAYERS) - row for row, units in enumerate(LAYERS) for unit in units}

# The command line's file that starts the server.
STREAMLIT = {"dlc_core.cli.streamlit_server"}

# Arrows that point up and are to go; nothing may be added.
KNOWN: set[tuple[str, str]] = set()

# Who imports files of the core by name, which no arrow shows, and why.
BY_NAME = {
    "dlc_core": "its names load what they need on use",
    "dlc_core.selection": "public names that moved up, for one release",
    "dlc_core.runs.run": "run.where, which the analysis above it answers",
}

Graph = Mapping[str, frozenset[str]]


def module_of(file: Path, root: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(module: str, text: str, *, package: bool) -> Iterator[str]:
    """Yield what a file imports, "a.b.c" for `from a.b import c`, whatever c is."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")
            above = parts[: len(parts) - node.level + package] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def graph_of(texts: Mapping[str, str], packages: frozenset[str]) -> Graph:
    """Return the arrows between files, and from a file to what else it imports.

    Args:
        texts: module -> its source.
        packages: those of them that are an __init__.
    """

    def place(name: str) -> str:
        while name not in texts and "." in name and name.split(".")[0] in TOPS:
            name = name.rpartition(".")[0]
        return name

    return {
        module: frozenset(
            place(name) for name in imported(module, text, package=module in packages)
        )
        - {module}
        for module, text in texts.items()
    }


def layer_faults(graph: Graph) -> list[str]:
    """Return one sentence for each arrow that points up, or from the core to the dashboard."""
    found = []
    for module, others in sorted(graph.items()):
        top, _, rest = module.partition(".")
        unit = rest.partition(".")[0]
        for other in sorted(others):
            goal, _, below = other.partition(".")
            aim = below.partition(".")[0]
            if top == "dlc_core" and goal in ("dashboard", "pages", "app", "asgi"):
                found.append(f"{module} imports {other}: the core knows no dashboard")
            elif top == "dashboard" and goal == "pages":
                found.append(f"{module} imports {other}: a page is nobody's ground")
            elif top == goal == "dlc_core" and not aim and unit:
                found.append(f"{module} imports dlc_core itself, which stands above all")
            elif top == goal == "dlc_core" and unit not in ("", aim):
                low, high = ROWS.get(unit, 0), ROWS.get(aim, 0)
                if (low < high or low == high > 0) and (module, other) not in KNOWN:
                    found.append(f"{module} imports {other}: {unit} stands below {aim}")
            if (top == "dlc_core" and goal == "streamlit") and module not in STREAMLIT:
                found.append(f"{module} imports streamlit")
    return found


def with_packages(graph: Graph, packages: frozenset[str]) -> Graph:
    """Return the graph with the __init__ of every package that another one's import runs."""

    def run_first(module: str, other: str) -> Iterator[str]:
        while other.count(".") > 1:
            other = other.rpartition(".")[0]
            if other in packages and not module.startswith(f"{other}."):
                yield other

    return {
        module: others | {one for other in others for one in run_first(module, other)} - {module}
        for module, others in graph.items()
    }


def circle(graph: Graph) -> str:
    """Return one circle between files as "a -> b -> a"; "" if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " -> ".join(reversed(error.args[1]))
    return ""


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    files = [file for top in TOPS for file in (ROOT / top).rglob("*.py")]
    return {module_of(file, ROOT): file.read_text(encoding="utf-8") for file in files}


@pytest.fixture(scope="module")
def packages() -> frozenset[str]:
    files = [file for top in TOPS for file in (ROOT / top).rglob("__init__.py")]
    return frozenset(module_of(file, ROOT) for file in files)


@pytest.fixture(scope="module")
def graph(texts: dict[str, str], packages: frozenset[str]) -> Graph:
    return graph_of(texts, packages)


def test_arrows_point_down(graph: Graph) -> None:
    assert not layer_faults(graph)
    assert sum(map(len, graph.values())) > 2000  # it has looked at something


def test_no_circle_between_files(graph: Graph, packages: frozenset[str]) -> None:
    assert not circle(with_packages(graph, packages))


def test_files_of_the_core_are_imported_by_name_for_a_reason_only(texts: dict[str, str]) -> None:
    by_name = {module for module, text in texts.items() if "from importlib import import_m" in text}
    assert by_name == set(BY_NAME)


def test_selection_is_arrays_in_ids_out(graph: Graph) -> None:
    inside = [module for module in graph if module.startswith("dlc_core.selection")]
    units = {other.split(".")[1] for module in inside for other in graph[module] if "." in other}
    assert units & set(ROWS) == {"selection"}


def test_layers_name_what_is_there(graph: Graph) -> None:
    units = {module.split(".")[1] for module in graph if module.startswith("dlc_core.")}
    coming = {"engines", "modalities", "analysis"}
    assert set(ROWS) - coming <= units
    assert all(other in graph[module] for module, other in KNOWN), "an exception is gone: strike it"


@pytest.mark.parametrize(
    ("module", "line", "said"),
    [
        ("dlc_core.ranking", "import streamlit as st", "imports streamlit"),
        ("dlc_core.cli.prune", "from streamlit import rerun", "imports streamlit"),
        ("dlc_core.scoring.sweep", "from dlc_core.evidence import trial", "stands below evidence"),
        ("dlc_core.ranking", "from dlc_core.runs import Run", "ranking stands below runs"),
        ("dlc_core.issues.find", "import dlc_core.projection.layout", "below projection"),
        ("dlc_core.runs.run", "from dashboard import view", "the core knows no dashboard"),
        ("dashboard.page_frame", "import pages.explore", "a page is nobody's ground"),
        ("dlc_core.ranking", "from dlc_core import Run", "stands above all"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "def f():\n    {}", "if TYPE_CHECKING:\n    {}"])
def test_an_arrow_that_is_added_is_found(
    texts: dict[str, str], module: str, line: str, said: str, around: str
) -> None:
    names = dict.fromkeys(texts, "")
    added = graph_of({**names, module: around.format(line)}, frozenset())
    assert said in "\n".join(layer_faults(added))


def test_a_circle_that_is_added_is_found() -> None:
    added = {
        "dlc_core.a": "def f():\n    from dlc_core.b import x",
        "dlc_core.b": "import dlc_core.a",
    }
    assert circle(graph_of(added, frozenset())).count("dlc_core.") == 3
    package = {"dlc_core.b": "from .c import x", "dlc_core.b.c": "", "dlc_core.d": ""}
    through = {**package, "dlc_core.b.c": "import dlc_core.d", "dlc_core.d": "import dlc_core.b.e"}
    through["dlc_core.b.e"] = ""
    packages = frozenset({"dlc_core.b"})
    assert not circle(with_packages(graph_of(package, packages), packages))
    assert "dlc_core.d" in circle(with_packages(graph_of(through, packages), packages))
