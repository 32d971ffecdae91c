"""Filter expressions, such as `issue = "duplicate" and not (percentile > 90)`, read into a tree.

    either    = both ("or" both)*
    both      = one ("and" one)*
    one       = "not" one | "(" either ")" | condition
    condition = name ("=" | "!=" | "<" | "<=" | ">" | ">=") value
              | name ["not"] "in" "(" value ("," value)* ")"
              | name ["not"] ("contains" | "~") value

Nothing is executed: the tree only says which column is held against which value.
"""

from __future__ import annotations

from dataclasses import dataclass

from dlc_core.analysis.expression_tokens import (
    END,
    NAME,
    NUMBER,
    TEXT,
    ExpressionToken,
    expected,
    tokens_of,
)
from dlc_core.errors import DLCError

DEEPEST = 50  # parentheses and nots inside each other
MOST_CONDITIONS = 500
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
CONTAINS = "contains"


@dataclass(frozen=True)
class Condition:
    """One column held against values.

    Attributes:
        name: the token that names the column.
        operator: "=" (any of the values), "<", "<=", ">", ">=" or "contains".
        values: what it is held against; one, but for "=".
    """

    name: ExpressionToken
    operator: str
    values: tuple[ExpressionToken, ...]


@dataclass(frozen=True)
class Not:
    """What does not meet a part."""

    part: Expression


@dataclass(frozen=True)
class And:
    """What meets all parts."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Or:
    """What meets any of the parts."""

    parts: tuple[Expression, ...]


Expression = Condition | Not | And | Or


def parse(text: str) -> Expression:
    """Read an expression.

    Raises:
        DLCError: if it is none, with the place, what came and what was expected.
    """
    if not text.strip():
        raise DLCError(
            "the filter is empty; expected a condition, such as percentile > 90 or "
            'issue = "duplicate".'
        )
    return _Parser(tokens_of(text)).whole()


class _Parser:
    """Goes through the tokens once, from left to right."""

    def __init__(self, tokens: list[ExpressionToken]) -> None:
        self._tokens, self._at = tokens, 0
        self._depth = self._conditions = 0

    def whole(self) -> Expression:
        found = self._either()
        if self._now.kind != END:
            raise expected(self._now, "and, or, or its end")
        return found

    @property
    def _now(self) -> ExpressionToken:
        return self._tokens[self._at]

    def _next(self) -> ExpressionToken:
        token = self._now
        self._at += 1
        return token

    def _take(self, *keywords: str) -> ExpressionToken | None:
        return self._next() if self._now.keyword in keywords else None

    def _either(self) -> Expression:
        parts = [self._both()]
        while self._take("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _both(self) -> Expression:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Expression:
        deeper = self._take("not", "(")
        if deeper is None:
            return self._condition()
        self._depth += 1
        if self._depth > DEEPEST:
            raise expected(deeper, f"at most {DEEPEST} parentheses and nots inside each other")
        found: Expression
        if deeper.keyword == "not":
            found = Not(self._one())
        else:
            found = self._either()
            self._close("and, or, or )")
        self._depth -= 1
        return found

    def _close(self, what: str) -> None:
        if self._take(")") is None:
            raise expected(self._now, what)

    def _condition(self) -> Expression:
        name = self._now
        if name.kind != NAME or name.keyword:
            raise expected(name, "the name of a column, not or (")
        self._at += 1
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise expected(name, f"at most {MOST_CONDITIONS} conditions; take in (…) for one name")
        negated = self._take("not") is not None
        found = self._compared(name, words_only=negated)
        return Not(found) if negated else found

    def _compared(self, name: ExpressionToken, *, words_only: bool) -> Expression:
        if self._take("in"):
            if self._take("(") is None:
                raise expected(self._now, "( and values with commas between")
            values = [self._value()]
            while self._take(","):
                values.append(self._value())
            self._close("a comma or )")
            return Condition(name, "=", tuple(values))
        if self._take(CONTAINS, "~"):
            return Condition(name, CONTAINS, (self._value(),))
        if words_only:
            raise expected(self._now, "in or contains")
        sign = self._take(*COMPARISONS)
        if sign is None:
            raise expected(self._now, f"one of {' '.join(COMPARISONS)}, in, not in or contains")
        if sign.keyword == "!=":
            return Not(Condition(name, "=", (self._value(),)))
        return Condition(name, sign.keyword, (self._value(),))

    def _value(self) -> ExpressionToken:
        value = self._now
        if value.kind not in (NAME, NUMBER, TEXT) or value.keyword:
            raise expected(value, "a number or a text in quotes")
        return self._next()
