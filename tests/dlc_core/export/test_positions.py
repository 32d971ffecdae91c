"""ids are places in torchvision's own ImageFolder, and PyTorch loads what was kept."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import functional

from dlc_core.decisions import record
from dlc_core.export import content_of, write_export
from dlc_core.runs import Run
from dlc_core.selection import select


def snippet(file: Path) -> Any:
    module = types.ModuleType("subset")
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), module.__dict__)
    return module


def test_npy_holds_positions_in_torchvisions_order(run: Run, hostile: Path, tmp_path: Path) -> None:
    folder = ImageFolder(str(hostile))
    assert folder.classes == run.classes
    kept = select(run, keep_ratio=0.5)
    write_export(content_of(run, kept.ids), tmp_path / "kept.npy", format_name="npy")
    positions = np.load(tmp_path / "kept.npy")
    assert positions.dtype == np.int64
    by_id = run.samples.set_index("id")
    for position in positions:
        path, target = folder.samples[position]
        assert Path(path).relative_to(hostile).as_posix() == by_id["path"][position]
        assert target == by_id["class_id"][position]
    paths = [Path(path).relative_to(hostile).as_posix() for path, _ in folder.samples]
    assert paths == run.samples["path"].tolist()


def test_the_snippet_loads_the_subset_and_balances_classes(run: Run, tmp_path: Path) -> None:
    rare = run.samples["class_id"] == 2
    ids = run.samples["id"][(run.samples["class_id"] == 4) | (rare & (rare.cumsum() <= 2))]
    record(run.path, [int(ids.iloc[0])], by="a", relabel=run.classes[4])
    record(run.path, [int(ids.iloc[1])], by="a", relabel="a new 'class'")
    write_export(content_of(run, ids.to_numpy()), tmp_path / "kept.py", format_name="torch")
    module = snippet(tmp_path / "kept.py")
    data = ImageFolder(module.ROOT, functional.to_tensor)
    kept = module.subset(data)
    assert kept.indices == ids.tolist()
    images, labels = next(iter(DataLoader(kept, batch_size=len(kept))))
    assert images.shape[0] == len(ids)
    assert torch.equal(images[0], data[int(ids.iloc[0])][0])
    assert data.classes[labels[1]] == "a new 'class'"
    assert labels[0] == 4
    torch.manual_seed(0)
    sampler = module.balanced(kept)
    drawn = torch.cat([torch.tensor(list(sampler)) for _ in range(200)])
    share = (labels[drawn] == labels[1]).double().mean()
    assert share == pytest.approx(0.5, abs=0.03)
    assert len(list(DataLoader(kept, batch_size=5, sampler=sampler))) == 3


def test_the_snippet_notices_another_folder(own: Run, tmp_path: Path) -> None:
    write_export(content_of(own, np.array([0, 77])), tmp_path / "kept.py", format_name="torch")
    module = snippet(tmp_path / "kept.py")
    assert len(module.subset(ImageFolder(module.ROOT))) == 2
    (Path(module.ROOT) / own.samples["path"][3]).unlink()
    with pytest.raises(ValueError, match="the folder is not as it was scored: place 77 is nothing"):
        module.subset(ImageFolder(module.ROOT))
