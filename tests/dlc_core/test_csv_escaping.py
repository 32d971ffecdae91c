from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlc_core.csv_escaping import harmless, original

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n＝1.aé"), max_size=6) | st.text(max_size=4))
def test_every_text_comes_back_and_none_is_a_formula(text: str) -> None:
    cell = harmless(text)
    assert original(cell) == text
    if cell.startswith(DANGEROUS):
        float(cell)  # a number executes nothing


@pytest.mark.parametrize("text", ["-1", "+2.5", "-007", "plain", "'quoted'", "", "a=b"])
def test_what_harms_nobody_stays(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("text", ["=1+1", "-1+1", "+cmd", "@x", "\t=1", "\r", "-", "'=1", "-1\n"])
def test_what_could_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == "'" + text
