"""What the system refuses while a command writes into a run is one sentence, code 2."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from benchmarks.corruption import make_run
from dlc_core.cli import main
from dlc_core.errors import DLCError, refused
from tests.conftest import MakeOnce

SAYS = {
    errno.ENOSPC: "the disk is full; make room and try again",
    errno.EROFS: "the disk is read-only; choose another place or make it writable",
    errno.EDQUOT: "your quota of the disk is used up",
    errno.EIO: "the disk does not answer as it should",
}


@pytest.mark.parametrize(
    "words",
    [
        ["kinds"],
        ["project", "--method", "pca"],
        ["evidence", "--keep", "0.4", "--seeds", "2"],
        ["auto", "--keep", "0.4"],
        ["scores", "--make", "probe"],
    ],
    ids=lambda words: words[0],
)
def test_no_command_ends_with_the_bare_error(
    make_once: MakeOnce,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
) -> None:
    run = shutil.copytree(make_once("full-run", make_run) / "runs" / "run", tmp_path / "run")

    for code, sentence in SAYS.items():

        def replace(path: Path, _target: Path, code: int = code) -> None:
            raise OSError(code, os.strerror(code), str(path))

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", replace)
            assert main([words[0], str(run), *words[1:]]) == 2
        said = capsys.readouterr().err.strip().splitlines()[-1]
        assert sentence in said
        assert "Errno" not in said
        assert ".tmp" not in said


def test_an_error_without_a_known_way_out_is_a_sentence_too() -> None:
    said = refused("x/y", OSError(errno.EPROTO, "Protocol error"))
    assert said == "cannot write x/y: Protocol error; check the disk and the path."
    assert len(str(DLCError(refused("x" * 9999, OSError(errno.EIO, ""))))) <= 500
