from __future__ import annotations

import pytest

from dlc_core.errors import DLCError
from dlc_core.reimport.recipe_values import plain_record


def record(**recipe: object) -> dict[str, object]:
    return {"format": 1, "recipe": recipe, "decisions": {}, "dataset": {}, "run": {}, "subset": {}}


def test_parameters_are_numbers_by_name() -> None:
    given = {"strategy": "ccs", "parameters": {"cut": 0.2, "bins": 20}}
    assert plain_record(record(**given))["recipe"] == given
    for wrong in (5, [1], {"cut": "x"}, {"cut": True}, {"cut": float("nan")}):
        with pytest.raises(DLCError, match=r"whose parameters is .* numbers by name"):
            plain_record(record(parameters=wrong))
