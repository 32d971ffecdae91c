"""How a budget is divided among the classes, and what takes part at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlc_core.errors import DLCError

BALANCES = {
    "data": "each class gives the same share, so the subset has the data's class balance",
    "uniform": "as many of each class as there are, evenly: small classes are kept whole first",
    "own": "your own number for each class; the others keep what the pruning ratio says",
}
SCOPES = {
    "class": "inside each class",
    "global": "over all classes at once: raw scores carry a constant per class, so this partly "
    "ranks classes",
}


@dataclass(frozen=True)
class Shares:
    """The division of a budget.

    Attributes:
        balance: a key of BALANCES.
        minimum: samples of each class that come before all others; with "uniform" it changes
            nothing.
        own: class id -> samples wanted, for balance "own".
    """

    balance: str = "data"
    minimum: int = 0
    own: tuple[tuple[int, int], ...] = ()


def check_shares(*, scope: str, balance: str, minimum: int, own: Mapping[str, int]) -> None:
    """Refuse values that mean nothing.

    Raises:
        DLCError: with what came and what was expected.
    """
    if scope not in SCOPES:
        raise DLCError(f"scope must be one of {', '.join(SCOPES)}, got {scope!r}.")
    if balance not in BALANCES:
        raise DLCError(f"balance must be one of {', '.join(BALANCES)}, got {balance!r}.")
    if isinstance(minimum, bool) or not isinstance(minimum, int) or minimum < 0:
        raise DLCError(f"minimum must be a whole number from 0 on, got {minimum!r}.")
    if own and balance != "own":
        raise DLCError(f"class counts need balance own, got balance {balance!r}.")
    for name, count in own.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise DLCError(f"the count of class {name} must be a whole number from 0 on.")
    if scope == "global" and (balance != "data" or minimum):
        raise DLCError(
            "scope global knows no classes: leave balance at data and minimum at 0, or choose "
            "scope class."
        )
