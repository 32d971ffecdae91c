from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlc_core.errors import DLCError
from dlc_core.selection.parameters import Parameter, number_text, parsed_settings, resolved

SHARE = Parameter("gamma", "Split", 0.0, 1.0, 0.5, "A share.", share=True, tried=(0.2, 0.8))
WHOLE = Parameter("bins", "Bins", 1, 500, 50, "How many.", whole=True)
BOTH = (SHARE, WHOLE)


def test_values_are_filled_in_and_checked() -> None:
    assert resolved(BOTH, {}, owner="x") == {"gamma": 0.5, "bins": 50}
    assert resolved(BOTH, {"bins": 7.0}, owner="x") == {"gamma": 0.5, "bins": 7}
    found = resolved(BOTH, {"gamma": np.float32(0.25), "bins": np.int64(3)}, owner="x")
    assert [type(value) for value in found.values()] == [float, int]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"gamma": 1.5}, r"gamma must be in \[0, 1\], got 1.5"),
        ({"gamma": float("nan")}, r"gamma must be in \[0, 1\], got nan"),
        ({"gamma": 10**400}, r"gamma must be in \[0, 1\], got 1000"),
        ({"gamma": True}, "gamma must be a number, got True"),
        ({"gamma": "0.5"}, "gamma must be a number, got '0.5'"),
        ({"gamma": ["x" * 9999]}, "gamma must be a number, got .{,70}$"),
        ({"bins": 2.5}, r"bins must be a whole number in \[1, 500\], got 2.5"),
        ({"bins": float("inf")}, "bins must be a whole number"),
        ({"cut": 1}, "x has no parameter 'cut'; expected one of gamma, bins"),
    ],
)
def test_what_is_no_value_is_one_sentence(given: dict[str, object], words: str) -> None:
    with pytest.raises(DLCError, match=words):
        resolved(BOTH, given, owner="x")


def test_what_is_typed() -> None:
    assert parsed_settings(BOTH, ["gamma = 0.25", "bins=1e1"], owner="x") == {
        "gamma": 0.25, "bins": 10,
    }  # fmt: skip
    assert parsed_settings(BOTH, ["gamma=auto"], owner="x") == {"gamma": "auto"}
    for text, words in (
        ("gamma", "a parameter must be NAME=VALUE, got 'gamma'"),
        ("gamma=x", "gamma must be a number or auto, got 'x'"),
        ("bins=auto", "bins must be a number, got 'auto'"),
    ):
        with pytest.raises(DLCError, match=words):
            parsed_settings(BOTH, [text], owner="x")
    with pytest.raises(DLCError, match="gamma was given twice"):
        parsed_settings(BOTH, ["gamma=0.1", "gamma=0.1"], owner="x")
    with pytest.raises(DLCError, match="random has no parameters"):
        parsed_settings((), ["gamma=1"], owner="random")


@pytest.mark.parametrize("value", [0.5, 1e-9, 0.1 + 0.2, 123456789.0, 7, 10**9, 1 / 3])
def test_numbers_are_written_as_they_are(value: float) -> None:
    assert float(number_text(value)) == value


def test_words() -> None:
    assert (SHARE.words(0.25), WHOLE.words(7)) == ("split 25 %", "bins 7")
    assert replace(SHARE, chosen="split chosen").words(None) == "split chosen"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Gamma"},
        {"name": "seed"},
        {"name": "auto"},
        {"low": 1.0},
        {"default": 2.0},
        {"tried": (0.5, 3.0)},
    ],
)
def test_what_does_not_fit_together_is_no_parameter(change: dict[str, object]) -> None:
    with pytest.raises(DLCError):
        replace(SHARE, **change)  # type: ignore[arg-type]
