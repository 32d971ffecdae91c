"""ids are places in torchvision's own ImageFolder, and PyTorch loads what was kept."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import functional

from dlc_core.decisions import record
from dlc_core.export import content_of, write_export
from dlc_core.recipes import select
from dlc_core.runs import Run
from tests.dlc_core.export.conftest import CLASSES, make_images, make_run


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


def test_the_file_lists_the_folder_as_it_was_scored(tmp_path: Path) -> None:
    """Empty classes, endings that torchvision does not list and what is hidden count nowhere."""
    root = make_images(tmp_path / "images")
    first, second, *_ = CLASSES
    with Image.open(root / first / "a.png") as image:
        for name in ("b.gif", "b.JFIF", "b.avif", "b.tif"):
            kind = "JPEG" if name.endswith("JFIF") else None
            image.save(root / second / name, kind)
        (root / first / ".hidden").mkdir()
        image.save(root / first / ".hidden" / "x.png")
        (root / ".cache").mkdir()
        image.save(root / ".cache" / "x.png")
    for name, file in (("#empty", ""), ("phone", "x.heic"), ("zz notes", "x.txt")):
        (root / name).mkdir()
        if file:
            (root / name / file).write_bytes(b"x")
    own = make_run(tmp_path / "run", root)
    assert len(own.classes) == len(CLASSES) == len(set(own.samples["class_id"]))
    count = len(own.samples)
    write_export(content_of(own, np.arange(count)), tmp_path / "kept.py", format_name="torch")
    module = snippet(tmp_path / "kept.py")
    data = module.Scored(transform=functional.to_tensor)
    assert data.classes == own.classes
    assert data.targets == own.samples["class_id"].tolist()
    found = [Path(path).relative_to(root).as_posix() for path, _ in data.samples]
    assert found == own.samples["path"].tolist()
    kept = module.subset(data)
    assert len(list(DataLoader(kept, batch_size=16, sampler=module.balanced(kept)))) > 1
    with pytest.raises(ValueError, match="in ImageFolder; read it with Scored"):
        module.subset(ImageFolder(module.ROOT, allow_empty=True))
