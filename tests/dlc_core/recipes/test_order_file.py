from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from dlc_core.atomic_files import write_npy
from dlc_core.cli import main
from dlc_core.decisions import record
from dlc_core.errors import DLCError
from dlc_core.recipes import Recipe, run_candidates, select, subset_of
from dlc_core.recipes.order_file import order_digest, order_of, reaches, read_order, write_order
from dlc_core.runs import Run
from dlc_core.selection import STRATEGIES

SLOW = [name for name, item in STRATEGIES.items() if item.features]


@pytest.fixture(scope="module")
def decided(digits_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The digits with pins, exclusions, and a class of which all but few are excluded."""
    path = shutil.copytree(digits_run.path, tmp_path_factory.mktemp("order") / "digits")
    ids = digits_run.samples["id"].to_numpy()
    record(path, ids[5:400:7].tolist(), by="one", verdict="pin")
    record(path, ids[2:300:7].tolist(), by="one", verdict="exclude")
    return Run.open(path)


@pytest.mark.parametrize("name", SLOW)
def test_an_order_gives_what_the_strategy_chooses(decided: Run, name: str) -> None:
    samples = run_candidates(decided)
    most = Recipe(name, 0.5, seed=3)
    order = order_of(decided, samples, most)
    assert order.turns.dtype == np.int32
    for recipe in (
        most,
        Recipe(name, 0.03, seed=3),
        Recipe(name, 0.31, seed=3, minimum=9),
        Recipe(name, 0.2, seed=3, balance="uniform"),
        Recipe(name, 0.2, seed=3, balance="own", class_counts={"4": 60, "5": 1000}),
    ):
        assert order_digest(decided, samples, recipe) == order.digest
        assert reaches(decided, samples, recipe, order), recipe
        quick = subset_of(decided, samples, recipe, turns=order.turns)
        slow = subset_of(decided, samples, recipe)
        assert quick.positions.tolist() == slow.positions.tolist()
        assert quick.pinned == slow.pinned > 0
    farther = Recipe(name, 0.9, seed=3)
    assert reaches(decided, samples, farther, order) != STRATEGIES[name].greedy
    assert len(subset_of(decided, samples, farther, turns=order.turns)) == len(
        subset_of(decided, samples, farther)
    )


def test_over_all_classes_it_is_another_order(decided: Run) -> None:
    samples = run_candidates(decided)
    recipe = Recipe("herding", 0.2, scope="global")
    order = order_of(decided, samples, recipe)
    quick = subset_of(decided, samples, recipe, turns=order.turns)
    assert quick.positions.tolist() == subset_of(decided, samples, recipe).positions.tolist()
    assert order.digest != order_digest(decided, samples, Recipe("herding", 0.2))


def test_the_digest_knows_what_an_order_rests_on(digits_run: Run, tmp_path: Path) -> None:
    run = Run.open(shutil.copytree(digits_run.path, tmp_path / "digits"))
    recipe = Recipe("zcore", 0.2)
    plain = order_digest(run, run_candidates(run), recipe)
    assert order_digest(run, run_candidates(run), Recipe("zcore", 0.7, minimum=4)) == plain
    others = [Recipe("zcore", 0.2, seed=1), Recipe("dbp", 0.2), Recipe("moderate", 0.2)]
    found = {order_digest(run, run_candidates(run), other) for other in others}
    scores = run.samples["score"].to_numpy()[::-1]
    found.add(order_digest(run, run_candidates(run, scores=scores), recipe))
    identity = int(run.samples["id"].to_numpy()[0])
    for verdict in ("pin", "exclude"):
        record(run.path, [identity], by="one", verdict=verdict)
        found.add(order_digest(run, run_candidates(run), recipe))
    record(run.path, [identity], by="one", verdict=None)
    assert order_digest(run, run_candidates(run), recipe) == plain  # as it was
    write_npy(run.path / "features.npy", np.asarray(run.features)[:, :5])
    found.add(order_digest(Run.open(run.path), run_candidates(run), recipe))
    assert len(found) == 7
    assert plain not in found


def test_the_command_writes_what_python_computes(decided: Run, tmp_path: Path) -> None:
    file = tmp_path / "order.npz"
    words = ["prune", str(decided.path), "--strategy", "herding", "--keep", "0.25"]
    assert main([*words, "--save-order", str(file)]) == 0
    found = read_order(file)
    assert found is not None
    expected = order_of(decided, run_candidates(decided), Recipe("herding", 0.25))
    assert found.digest == expected.digest
    assert found.turns.tolist() == expected.turns.tolist()
    out = tmp_path / "kept.csv"
    assert main([*words, "--save-order", str(file), "--out", str(out)]) == 0
    kept = select(decided, strategy="herding", keep_ratio=0.25)
    assert len(out.read_text().splitlines()) == 1 + len(kept)


def test_what_cannot_be_saved_is_told(
    decided: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["prune", str(decided.path), "--keep", "0.2"]
    assert main([*words, "--save-order", str(tmp_path / "a.npz")]) == 2
    assert "flexrand has no order to save; expected one of moderate," in capsys.readouterr().err
    herding = [*words, "--strategy", "herding"]
    assert main([*herding, "--save-order", str(tmp_path / "a.csv")]) == 2
    assert main([*herding, "--save-order", str(tmp_path / "no" / "a.npz")]) == 2
    assert main(words) == 2
    assert "expected --out FILE" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_none(decided: Run, tmp_path: Path) -> None:
    file = tmp_path / "order.npz"
    assert read_order(file) is None
    order = order_of(decided, run_candidates(decided), Recipe("moderate", 0.2))
    write_order(file, order)
    assert read_order(file) is not None
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert read_order(file) is None
    file.write_bytes(b"")
    assert read_order(file) is None
    with pytest.raises(DLCError, match="cannot write"):
        write_order(tmp_path / "no" / "order.npz", order)
