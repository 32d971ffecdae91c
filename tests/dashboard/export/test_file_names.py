from __future__ import annotations

from dashboard.export.file_names import file_name, in_words, stem
from dlc_core.recipes import Recipe


def test_a_name_says_the_recipe() -> None:
    recipe = Recipe(keep_ratio=0.25, gamma=0.4, seed=7)
    assert stem("pets", recipe) == "pets-flexrand-keep-0.25-gamma-0.4-seed-7"
    assert file_name("pets", recipe, "csv", "dropped").endswith("-seed-7-dropped.csv")
    assert file_name("pets", recipe, "fiftyone") != file_name("pets", recipe, "json")
    assert file_name("pets", recipe, "hf") != file_name("pets", recipe, "imagefolder")
    assert file_name("my pets!", recipe, "torch").removesuffix(".py").isidentifier()
    several = Recipe("ccs", parameters={"cut": 0.2, "bins": 20})
    assert stem("pets", several) == "pets-ccs-keep-0.3-seed-0-cut-0.2-bins-20"
    assert in_words(several).endswith(" · cut 0.2 · bins 20")
    own = Recipe(balance="own", class_counts={"a/b": 5, "..": 1}, without_copies=True)
    assert stem("pets", own).endswith("-class_counts-2-classes-without_copies-True")
    assert "class_counts a/b=5, ..=1" in in_words(own)
    assert in_words(own).endswith(" · without_copies")


def test_no_run_makes_a_name_that_a_disk_would_not_take() -> None:
    for run in ("../../etc", "a/b", ".hidden", "-rf", "x" * 300, "Ünï 日本\n"):
        name = file_name(run, Recipe(), "parquet", "dropped")
        assert "/" not in name
        assert name[0] not in ".-"
        assert name.isprintable()
        assert len(name.encode()) < 200
