"""The words of a filter expression: names, numbers, texts in quotes, operators."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dlc_core.errors import DLCError, clipped

LONGEST = 20_000  # characters of an expression
NAME, NUMBER, TEXT, SIGN, END = "name", "number", "text", "sign", "end"
KEYWORDS = ("and", "or", "not", "in", "contains")

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    | (?P<name>[^\W\d][\w.-]*)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<quoted>`(?:[^`\\]|\\.)*`)
    | (?P<sign>!=|<=|>=|==|<|>|=|~|\(|\)|,)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_SHOWN = 30  # characters of a token in a sentence


@dataclass(frozen=True)
class ExpressionToken:
    """One word.

    Attributes:
        kind: NAME, NUMBER, TEXT, SIGN or END.
        text: what it says; of a text or a name in backticks what is between the quotes.
        place: its first character, from 1.
        bare: whether it stands without quotes.
    """

    kind: str
    text: str
    place: int
    bare: bool = True

    @property
    def keyword(self) -> str:
        """The keyword or sign that it is, in small letters; "" for anything else."""
        if self.kind == SIGN:
            return "=" if self.text == "==" else self.text
        small = self.text.lower()
        return small if self.kind == NAME and self.bare and small in KEYWORDS else ""

    @property
    def said(self) -> str:
        """What a sentence calls it."""
        return "its end" if self.kind == END else repr(clipped(self.text, _SHOWN))


def expected(token: ExpressionToken, what: str) -> DLCError:
    """Return the error on a token that stands where another was expected."""
    return DLCError(f"the filter at character {token.place}: got {token.said}, expected {what}.")


def tokens_of(text: str) -> list[ExpressionToken]:
    """Return the words of an expression; the last one is its end.

    Raises:
        DLCError: if it is too long, or no word begins at some place.
    """
    if len(text) > LONGEST:
        raise DLCError(
            f"the filter has {len(text):,} characters, expected at most {LONGEST:,}; make a subset "
            "file of the samples instead."
        )
    return list(_tokens(text.rstrip()))


def _tokens(text: str) -> Iterator[ExpressionToken]:
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            start = len(text) - len(text[place:].lstrip())
            what = (
                "its closing quote" if text[start] in "\"'`" else "a name, a value or an operator"
            )
            raise expected(ExpressionToken(NAME, text[start:], start + 1), what)
        kind = str(found.lastgroup)
        said, start = found[kind], found.start(kind) + 1
        if kind in ("text", "quoted"):
            yield ExpressionToken(
                TEXT if kind == "text" else NAME, _plain(said[1:-1]), start, bare=False
            )
        else:
            yield ExpressionToken(kind, said, start)
        place = found.end()
    yield ExpressionToken(END, "", len(text) + 1)


def _plain(said: str) -> str:
    return re.sub(r"\\(.)", lambda one: _ESCAPES.get(one[1], one[1]), said, flags=re.DOTALL)


def quoted(text: str) -> str:
    """Return a text in double quotes, as `tokens_of` understands it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    for letter, char in _ESCAPES.items():
        escaped = escaped.replace(char, f"\\{letter}")
    return f'"{escaped}"'


def name_in_expression(name: str) -> str:
    """Return a name as it stands in an expression: in backticks unless it is a plain word."""
    plain = re.fullmatch(r"[^\W\d][\w.-]*", name) and name.lower() not in KEYWORDS
    return name if plain else "`" + quoted(name)[1:-1].replace('\\"', '"').replace("`", "\\`") + "`"
