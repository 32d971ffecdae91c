"""Weights files that claim more than they hold, grow, or are of other kinds: never loaded."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save

from dlc_core.backbones import torch_file
from dlc_core.backbones.weights import read_state
from dlc_core.errors import DLCError

STATE = {"a": torch.arange(6.0), "b": torch.zeros(2, 2, dtype=torch.int64)}


def saved(state: Any, *, legacy: bool = False) -> bytes:
    buffer = io.BytesIO()
    torch.save(state, buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


def packed_again(
    data: bytes, method: int, changed: Callable[[str, bytes], bytes] = lambda _n, d: d
) -> bytes:
    """Return an archive with its parts packed by another method, or changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", method) as new:
        for name in old.namelist():
            new.writestr(name, changed(name, old.read(name)))
    return buffer.getvalue()


def shared(data: bytes) -> bytes:
    """Return an archive all of whose parts lie at one place."""
    found = bytearray(data)
    place = found.find(b"PK\1\2")
    while place >= 0:
        found[place + 42 : place + 46] = bytes(4)
        place = found.find(b"PK\1\2", place + 4)
    return bytes(found)


def longer(name: str, data: bytes) -> bytes:
    """The pickle says that the first storage has 200 numbers, not 6."""
    return data.replace(b"K\x06tq", b"K\xc8tq", 1) if name.endswith("data.pkl") else data


def of_a_kind(kind: bytes) -> Callable[[str, bytes], bytes]:
    return lambda _name, data: data.replace(b"FloatStorage", kind)


def cut(name: str, data: bytes) -> bytes:
    return data[:4] if name.endswith("data/0") else data


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64,
                                   torch.uint8, torch.bool, torch.complex64, torch.int16,
                                   torch.float8_e4m3fn])  # fmt: skip
def test_what_torch_writes_is_read(legacy: bool, dtype: torch.dtype, tmp_path: Path) -> None:
    if legacy and dtype == torch.float8_e4m3fn:
        return  # PyTorch itself cannot read what it writes
    whole = torch.ones(8, 3).to(dtype)
    state = {"a": whole, "b": whole[2:4], "c": whole.T, "d": whole[0, 0].expand(4)}
    (tmp_path / "a.pth").write_bytes(saved(state, legacy=legacy))
    found = read_state(tmp_path / "a.pth")
    assert {name: value.shape for name, value in found.items()} == {
        name: value.shape for name, value in state.items()
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (packed_again(saved({"a": torch.zeros(1 << 19)}), zipfile.ZIP_DEFLATED), "a bomb"),
        (packed_again(saved({"a": torch.zeros(1 << 19)}), zipfile.ZIP_BZIP2), "a bomb"),
        (packed_again(saved({str(n): torch.zeros(1 << 16) for n in range(8)}),
                      zipfile.ZIP_DEFLATED), "its parts grow to .*a bomb"),
        (shared(saved(STATE)), "share the same bytes|Overlapped"),
        (packed_again(saved(STATE), zipfile.ZIP_STORED, longer), "said to be longer than it is"),
        (packed_again(saved(STATE), zipfile.ZIP_STORED, cut), "said to be longer than it is"),
        (packed_again(saved(STATE), zipfile.ZIP_STORED, of_a_kind(b"NeverStorage")), "is refused"),
        (packed_again(saved(STATE), zipfile.ZIP_STORED, of_a_kind(b"load")), "is refused"),
        (saved(STATE, legacy=True).replace(b"K\x06N", b"K\xffN", 1), "more than it has"),
        (saved({"a": torch.zeros(1).expand(1 << 20)}), "claims more than is stored"),
        (saved({"a": torch.zeros(1).expand(1 << 40)}, legacy=True), "claims more than is stored"),
        ((1 << 40).to_bytes(8, "little") + b"{}", "cannot read"),
        ((90_000_000).to_bytes(8, "little") + b"{" + b" " * 100, "cannot read"),
    ],
)  # fmt: skip
def test_what_claims_more(data: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes(data)
    with pytest.raises(DLCError, match=words) as caught:
        read_state(tmp_path / "a.pth")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("offsets", [(0, 1 << 40), (-4, 4), (8, 4), (0, 8)])
def test_the_offsets_of_safetensors(offsets: tuple[int, int], tmp_path: Path) -> None:
    data = save({"a": torch.zeros(1), "b": torch.zeros(1)})
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header["a"]["data_offsets"] = offsets
    text = json.dumps(header).encode()
    (tmp_path / "a.safetensors").write_bytes(
        len(text).to_bytes(8, "little") + text + data[8 + size :]
    )
    with pytest.raises(DLCError, match="cannot read the weights file"):
        read_state(tmp_path / "a.safetensors")


@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated:UserWarning")
def test_a_view_that_makes_its_storage_grow(tmp_path: Path) -> None:
    """PyTorch makes a storage longer where a view leads beyond it."""

    class Beyond:
        def __reduce__(self) -> tuple[Any, ...]:
            stored = torch.storage.TypedStorage(2, dtype=torch.float32)  # type: ignore[no-untyped-call]
            return torch._utils._rebuild_tensor_v2, (stored, 0, (1 << 24,), (1,), False, {})

    (tmp_path / "a.pth").write_bytes(saved({"a": Beyond()}))
    with pytest.raises(DLCError, match=r"a\.pth"):
        read_state(tmp_path / "a.pth")


def test_memory_the_list_and_names_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.pth"
    names = b"".join(b"cmodule\nname%d\n0" % n for n in range(2000))
    file.write_bytes(
        packed_again(saved(STATE), zipfile.ZIP_STORED,
                     lambda name, d: names + b"N." if name.endswith("data.pkl") else d)
    )  # fmt: skip
    with pytest.raises(DLCError, match="is refused: it is no plain state dict"):
        read_state(file)
    for legacy in (False, True):
        file.write_bytes(saved(STATE, legacy=legacy))
        with monkeypatch.context() as patch:
            patch.setattr(torch_file, "available_memory", lambda: 10)
            with pytest.raises(DLCError, match=r"the weights in a\.pth take 0\.0 GB"):
                read_state(file)
    file.write_bytes(saved(STATE))
    monkeypatch.setattr(torch_file, "_LARGEST_PICKLE", 10)
    with pytest.raises(DLCError, match="the list of its tensors is too large"):
        read_state(file)


def test_the_look_runs_nothing(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "canary",)

    class Newer:
        def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
            return eval, (f"open({str(tmp_path / 'canary')!r}, 'w')",)

    for evil in (Evil(), Newer()):
        for data in (saved({"a": evil}), saved({"a": evil}, legacy=True), pickle.dumps(evil)):
            (tmp_path / "a.pth").write_bytes(data)
            with pytest.raises(DLCError, match=r"a\.pth"):
                read_state(tmp_path / "a.pth")
    assert not (tmp_path / "canary").exists()
