"""What a person reads stays short, whatever their data holds."""

from __future__ import annotations

import pytest

from dlc_core import cli
from dlc_core.errors import DLCError, clipped, reason_of


def test_short_texts_stay() -> None:
    for text in ("", "got 3, expected 2; leave it out.", "x" * 500):
        assert clipped(text) == text
        assert str(DLCError(text)) == text


def test_a_long_text_keeps_what_came_and_what_to_do() -> None:
    text = f"got {'x' * 4_000_000}; expected a class; name it with --label-column."
    said = str(DLCError(text))
    assert len(said) <= 500
    assert said.startswith("got xxx")
    assert said.endswith("expected a class; name it with --label-column.")
    assert " … " in said
    assert len(reason_of(ValueError(text))) <= 160


@pytest.mark.parametrize("kind", [DLCError, FileNotFoundError])
def test_the_command_line_is_short(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: type[Exception]
) -> None:
    long = "line\n" * 9999

    def fail() -> None:
        raise kind(2, long) if kind is FileNotFoundError else kind(long)

    monkeypatch.setattr(cli, "build_parser", fail)
    assert cli.main([]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert len(said) < 520


def test_an_option_nobody_knows_is_short(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["look", "x", "--" + "y" * 9999]) == 2
    assert len(capsys.readouterr().err) < 520
