"""Groups in a table: each sample once, whatever the order."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dlc_core.errors import DLCError
from dlc_core.export import read_groups
from dlc_core.runs import Run


@pytest.fixture
def table(run: Run) -> pd.DataFrame:
    return run.samples[["id", "path"]].assign(patient=[f"n{i // 5}" for i in range(78)])


@pytest.mark.parametrize("name", ["g.csv", "g.parquet", "g.jsonl", "g.json"])
@pytest.mark.parametrize("key", ["id", "path"])
def test_groups_come_in_the_order_of_the_run(
    run: Run, table: pd.DataFrame, tmp_path: Path, name: str, key: str
) -> None:
    mixed = table[[key, "patient"]].sample(frac=1, random_state=1)
    file = tmp_path / name
    if file.suffix == ".csv":
        mixed.to_csv(file, index=False)
    elif file.suffix == ".parquet":
        mixed.to_parquet(file)
    else:
        mixed.to_json(file, orient="records", lines=file.suffix == ".jsonl")
    assert read_groups(file, run, column="patient") == tuple(table["patient"])


def test_numbers_are_names_too(run: Run, table: pd.DataFrame, tmp_path: Path) -> None:
    table.assign(group=[i // 5 for i in range(78)]).to_csv(tmp_path / "g.csv", index=False)
    assert read_groups(tmp_path / "g.csv", run)[:7] == ("0",) * 5 + ("1",) * 2


def test_tables_that_do_not_say_it_all(run: Run, table: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "g.parquet"

    def says(given: pd.DataFrame, words: str, column: str = "patient") -> None:
        given.to_parquet(file)
        with pytest.raises(DLCError, match=words) as error:
            read_groups(file, run, column=column)
        assert str(error.value).count(". ") == 0  # one sentence
        assert str(error.value).endswith(".")

    ids = table[["id", "patient"]]
    says(ids, "has no column 'group'; it has 'id', 'patient'", column="group")
    says(ids[["patient"]], "expected a column id or path")
    says(ids.drop(index=[2, 5]), r"says nothing of id 2 \(2 of 78 are missing\)")
    says(pd.concat([ids, ids.iloc[[7]]]), "has id 7 more than once")
    says(ids.replace({"id": {4: 400}}), r"has id 400, which is not in .* \(1 in all\)")
    lost = ids.copy()
    lost.loc[[3, 9], "patient"] = None
    says(lost, r"id 3 has no patient \(2 in all\)")
    with pytest.raises(DLCError, match="no such file"):
        read_groups(tmp_path / "none.csv", run)
    file.write_bytes(b"PAR1 it is not")
    with pytest.raises(DLCError, match="holds no table of groups"):
        read_groups(file, run)
