"""The few values that rebuild a subset from a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from dlc_core.errors import DLCError
from dlc_core.scores.registry import OWN, check_score_name
from dlc_core.selection.candidates import check_keep_ratio
from dlc_core.selection.class_shares import check_shares
from dlc_core.selection.strategies.registry import strategy


@dataclass(frozen=True)
class Recipe:
    """The few values that rebuild a subset from a run.

    Attributes:
        strategy: name in STRATEGIES.
        keep_ratio: share kept, in (0, 1].
        gamma: FlexRand's split, in [0, 1].
        seed: of the draw.
        scope: a key of SCOPES: "class", or "global" for one choice over all classes.
        balance: a key of BALANCES: "data", "uniform", or "own" with class_counts.
        minimum: samples of each class that come before all others; smaller classes are kept whole.
        class_counts: class name -> samples wanted, with balance "own"; keep_ratio holds for the
            classes that it does not name.
        without_copies: whether copies (issues) but one of each go first.
        whole_groups: column of the data whose groups (a patient, a product) are kept whole; "" =
            samples are kept one by one.
        score: name of the score that orders the samples; "score" is the run's own.

    Raises:
        DLCError: if a value is out of range or the strategy unknown.
    """

    strategy: str = "flexrand"
    keep_ratio: float = 0.3
    gamma: float = 0.5
    seed: int = 0
    scope: str = "class"
    balance: str = "data"
    minimum: int = 0
    class_counts: Mapping[str, int] = field(default_factory=dict)
    without_copies: bool = False
    whole_groups: str = ""
    score: str = OWN

    def __post_init__(self) -> None:
        check_keep_ratio(self.keep_ratio)
        strategy(self.strategy)
        check_score_name(self.score)
        check_shares(
            scope=self.scope, balance=self.balance, minimum=self.minimum, own=self.class_counts
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the values that matter for this strategy and are not the plain choice."""
        chosen = strategy(self.strategy)
        values = asdict(self)
        if not chosen.split:
            del values["gamma"]
        if not chosen.random and not self.whole_groups:
            del values["seed"]
        plain: dict[str, Any] = {"scope": "class", "balance": "data", "minimum": 0}
        plain["class_counts"] = {}
        plain |= {"without_copies": False, "whole_groups": "", "score": OWN}
        for name, value in plain.items():
            if values[name] == value:
                del values[name]
        return values

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Recipe:
        """Return the recipe of what `as_dict` returned, maybe read from a file.

        Raises:
            DLCError: if a value is unknown or not what it should be.
        """
        known = {item.name: item for item in fields(cls)}
        for name in values:
            if name not in known:
                raise DLCError(f"a recipe knows no {name!r}; expected {', '.join(known)}.")
        try:
            return cls(**values)
        except TypeError as error:
            raise DLCError("the recipe holds a value of the wrong type.") from error
