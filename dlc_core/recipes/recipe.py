"""The few values that rebuild a subset from a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import Any

from dlc_core.errors import DLCError
from dlc_core.scores.registry import OWN, check_score_name
from dlc_core.selection.candidates import check_keep_ratio
from dlc_core.selection.class_shares import check_shares
from dlc_core.selection.parameters import SHORTHAND, resolved
from dlc_core.selection.strategies import registry

_PLAIN_GAMMA = 0.5  # of a recipe whose strategy has none


@dataclass(frozen=True, init=False)
class Recipe:
    """The few values that rebuild a subset from a run.

    Attributes:
        strategy: name in `dlc_core.selection.strategies.registry`.
        keep_ratio: share kept, in (0, 1].
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
        parameters: name -> value of each parameter of the strategy.

    Raises:
        DLCError: if a value is out of range or the strategy unknown.
    """

    strategy: str
    keep_ratio: float
    seed: int
    scope: str
    balance: str
    minimum: int
    class_counts: Mapping[str, int]
    without_copies: bool
    whole_groups: str
    score: str
    parameters: Mapping[str, float]

    def __init__(
        self,
        strategy: str = registry.DEFAULT,
        keep_ratio: float = 0.3,
        gamma: float | None = None,
        seed: int = 0,
        scope: str = "class",
        balance: str = "data",
        minimum: int = 0,
        class_counts: Mapping[str, int] = MappingProxyType({}),
        without_copies: bool = False,
        whole_groups: str = "",
        score: str = OWN,
        parameters: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        """Take the values of the attributes; those of parameters left out are their defaults.

        gamma is short for parameters={"gamma": gamma}, goes before it, and is not looked at where
        the strategy has none.
        """
        chosen = registry.strategy(strategy)
        given = dict(parameters)
        if gamma is not None and any(one.name == SHORTHAND for one in chosen.parameters):
            given[SHORTHAND] = gamma
        values = {
            "strategy": strategy, "keep_ratio": keep_ratio, "seed": seed, "scope": scope,
            "balance": balance, "minimum": minimum, "class_counts": dict(class_counts),
            "without_copies": without_copies, "whole_groups": whole_groups, "score": score,
            "parameters": resolved(chosen.parameters, given, owner=strategy),
        }  # fmt: skip
        for name, value in values.items():
            object.__setattr__(self, name, value)
        check_keep_ratio(self.keep_ratio)
        check_score_name(self.score)
        check_shares(
            scope=self.scope, balance=self.balance, minimum=self.minimum, own=self.class_counts
        )

    @property
    def gamma(self) -> float:
        """The split, in [0, 1]; 0.5 where the strategy has none."""
        return self.parameters.get(SHORTHAND, _PLAIN_GAMMA)

    def as_dict(self) -> dict[str, Any]:
        """Return the values that matter for this strategy and are not the plain choice.

        The split stands by itself, as `gamma`, so that older versions read it; `parameters` holds
        the others that are not at their defaults.
        """
        chosen = registry.strategy(self.strategy)
        values = asdict(self)
        others = values.pop("parameters")
        split = {SHORTHAND: others.pop(SHORTHAND)} if SHORTHAND in others else {}
        others = {
            one.name: others[one.name]
            for one in chosen.parameters
            if one.name in others and others[one.name] != one.default
        }
        if not chosen.random and not self.whole_groups:
            del values["seed"]
        plain: dict[str, Any] = {"scope": "class", "balance": "data", "minimum": 0}
        plain["class_counts"] = {}
        plain |= {"without_copies": False, "whole_groups": "", "score": OWN}
        for name, value in plain.items():
            if values[name] == value:
                del values[name]
        first = {name: values.pop(name) for name in ("strategy", "keep_ratio")}
        return first | split | values | ({"parameters": others} if others else {})

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Recipe:
        """Return the recipe of what `as_dict` returned, maybe read from a file.

        Raises:
            DLCError: if a value is unknown or not what it should be.
        """
        known = [*(item.name for item in fields(cls)), SHORTHAND]
        for name in values:
            if name not in known:
                raise DLCError(f"a recipe knows no {name!r}; expected {', '.join(known)}.")
        try:
            return cls(**values)
        except DLCError:
            raise
        except (TypeError, ValueError) as error:
            raise DLCError("the recipe holds a value of the wrong type.") from error
