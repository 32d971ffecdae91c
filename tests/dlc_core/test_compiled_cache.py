from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path

import pytest
from numba import njit

from dlc_core.compiled_cache import keep_compiled

SOURCE = "from numba import njit\n\n@njit\ndef double(x):\n    return 2 * x\n"


def test_what_is_compiled_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("slow_one", "slow_two"):
        (tmp_path / f"{name}.py").write_text(SOURCE)
    one, two = (importlib.import_module(name) for name in ("slow_one", "slow_two"))
    keep_compiled("slow_one")
    assert one.double(21) == two.double(21) == 42
    kept = [file.name for file in (tmp_path / "__pycache__").glob("*.nbi")]
    assert [name.split(".")[0] for name in kept] == ["slow_one"]


def test_without_a_place_it_is_compiled_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("nowhere")
    exec(SOURCE, vars(module))
    monkeypatch.setitem(sys.modules, "nowhere", module)
    with pytest.raises(RuntimeError, match="no locator available"):
        njit(module.double.py_func).enable_caching()
    keep_compiled("nowhere")
    assert module.double(21) == 42
