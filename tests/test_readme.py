"""What README and docstrings show is run."""

from __future__ import annotations

import doctest
import pkgutil
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

import dlc_core
from dlc_core.cli import build_parser

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_python_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = blocks("python")
    assert len([line for line in example.splitlines() if line.strip()]) <= 10
    exec(compile(example, "README.md", "exec"), {})
    assert "90 of 300 kept:" in capsys.readouterr().out
    assert (tmp_path / "runs/digits/samples.parquet").is_file()


def test_every_command_is_one_that_the_parser_takes() -> None:
    lines = [line for block in blocks("bash") for line in block.splitlines()]
    commands = [shlex.split(line, comments=True) for line in lines if line.startswith("dlc ")]
    assert len(commands) >= 5
    for command in commands:
        build_parser().parse_args(command[1:])


def test_files_that_the_readme_names_exist() -> None:
    for target in re.findall(r"\]\((?!http|#)([^)]+)\)", README):
        assert (ROOT / target).is_file(), target


def test_headings_that_the_readme_links_to_exist() -> None:
    headings = re.findall(r"^#+ (.+)$", README, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", words.lower()).replace(" ", "-") for words in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= anchors


def test_examples_in_docstrings_run() -> None:
    tried = 0
    for module in pkgutil.walk_packages(dlc_core.__path__, "dlc_core."):
        if module.name != "dlc_core.__main__":
            result = doctest.testmod(import_module(module.name))
            assert result.failed == 0
            tried += result.attempted
    assert tried >= 1
