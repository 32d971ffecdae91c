"""One class, two classes: numbers and their nouns."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from dlc_core.plurals import counted, noun_of, plural

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("count", "noun", "words"),
    [
        (1, "class", "1 class"), (2, "class", "2 classes"), (0, "class", "0 classes"),
        (1, "image", "1 image"), (2000, "sample", "2,000 samples"), (2, "copy", "2 copies"),
        (2, "key", "2 keys"), (3, "branch", "3 branches"), (2, "box", "2 boxes"),
        (1, "pinned sample", "1 pinned sample"), (2, "pinned copy", "2 pinned copies"),
        (1.0, "point", "1 point"), (2.0, "point", "2 points"), (0.5, "point", "0.5 points"),
        (np.int64(1), "mask", "1 mask"), (np.int64(1234567), "row", "1,234,567 rows"),
    ],
)  # fmt: skip
def test_a_number_and_its_noun(count: float, noun: str, words: str) -> None:
    assert counted(count, noun) == words
    assert words.endswith(noun_of(count, noun))


def test_the_last_of_several_words_changes() -> None:
    assert plural("nearest neighbour") == "nearest neighbours"


def test_no_sentence_makes_its_own_plural() -> None:
    """One function for all: "1 classes" comes from sentences that do it themselves."""
    own = re.compile(r"""'' if [^}]* else 'e?s'""")
    nouns = r"(samples|images|classes|masks|seeds|faults|points|clusters|trainings)"
    bare = re.compile(r"\{[^{}]*(:,|len\([^{}]*\))\} " + nouns + r"\b")
    found = []
    for folder in ("dlc_core", "dashboard", "pages"):
        for file in (ROOT / folder).rglob("*.py"):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                bound = re.search(r"\{_[A-Z_]+(:,)?\}", line)  # a limit, never 1
                if own.search(line) or (bare.search(line) and not bound):
                    found.append(f"{file.relative_to(ROOT)}:{number}: {line.strip()}")
    assert found == []
