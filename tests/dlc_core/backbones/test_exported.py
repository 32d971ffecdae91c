"""Exported programs as backbones: features, masked operators, and no code that would run."""

from __future__ import annotations

import copy
import io
import json
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from dlc_core.atomic_files import write_record
from dlc_core.backbones import load_backbone
from dlc_core.cli import main
from dlc_core.errors import DLCError
from dlc_core.runs import Run
from dlc_core.scoring.resume_command import resume_command
from dlc_core.training.from_run import backbone_of_run
from tests.dlc_core.backbones.conftest import restored, run_here


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2)
        self.deep = nn.Conv2d(8, 8, 3, groups=8)
        self.norm = nn.BatchNorm2d(8)
        self.linear = nn.Linear(8, 12)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pooled = self.norm(self.deep(self.conv(x).relu())).mean(dim=(2, 3))
        found: torch.Tensor = self.linear(pooled)
        return found


def test_an_exported_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)
    model = Encoder().eval()
    batch = torch.export.Dim("batch", min=1, max=4096)
    program = torch.export.export(model, (torch.rand(2, 3, 32, 32),), dynamic_shapes=({0: batch},))
    torch.export.save(program, tmp_path / "encoder.pt2")
    name = f"export:{tmp_path / 'encoder.pt2'}"
    backbone = load_backbone(name, resize=32, crop=32, mean=(0.5,) * 3, std=(0.5,) * 3)
    images = torch.rand(5, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(backbone.encoder(images), model(images))
    assert [n for n, _ in backbone.maskable()] == ["conv.weight", "deep.weight", "linear.weight"]
    assert restored(backbone)
    words = ["score", "digits", "--limit", "40", "--masks", "2", "--out", str(tmp_path / "run")]
    more = ["--backbone", name, "--resize", "32", "--crop", "32", "--mean", "0.5,0.5,0.5"]
    assert main([*words, *more]) == 0
    assert Run.open(tmp_path / "run").info["backbone"]["preprocess"]["mean"] == [0.5, 0.5, 0.5]
    capsys.readouterr()
    words[-1] += "2"
    assert main([*words, *more[:-1], "a,b"]) == 2
    assert "--mean must be three numbers" in capsys.readouterr().err
    assert main([*words, *more[:-1], "0.5,0.5"]) == 2
    assert "three numbers each" in capsys.readouterr().err


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("evil.txt"),))


CODE = "__import__('pathlib').Path('evil.txt').touch()"
MODEL = "models/model.json"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The parts of a good archive, by name."""
    path = tmp_path_factory.mktemp("good") / "good.pt2"
    shape = {0: torch.export.Dim("batch", min=1, max=64)}
    program = torch.export.export(
        Encoder().eval(), (torch.rand(2, 3, 32, 32),), dynamic_shapes=(shape,)
    )
    torch.export.save(program, path)
    with zipfile.ZipFile(path) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], *more: tuple[str, bytes]) -> str:
    """Write an archive into this folder; return the backbone's name."""
    with warnings.catch_warnings(), zipfile.ZipFile("x.pt2", "w") as archive:
        warnings.simplefilter("ignore")  # of a name twice
        for name, data in (*parts.items(), *more):
            archive.writestr(f"x/{name}", data)
    return "export:x.pt2"


def pickled() -> bytes:
    buffer = io.BytesIO()
    torch.save(Evil(), buffer)
    return buffer.getvalue()


def graph_of(model: Any) -> Any:
    return model["graph_module"]["graph"]


def calling(target: str, where: int = 0) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        graph_of(model)["nodes"][where]["target"] = target

    return change


def from_file(model: Any) -> None:
    inputs = [
        {"name": "filename", "arg": {"as_string": "evil.txt"}, "kind": 1},
        {"name": "shared", "arg": {"as_bool": True}, "kind": 1},
        {"name": "size", "arg": {"as_int": 8}, "kind": 1},
    ]
    made = [{"as_tensor": {"name": "evil"}}]
    node = {"target": "torch.ops.aten.from_file.default", "inputs": inputs, "outputs": made}
    graph_of(model)["nodes"].insert(0, {**node, "metadata": {}})


def inner_graph(model: Any) -> None:
    inner = copy.deepcopy(model)
    from_file(inner)
    argument = {"as_graph": {"name": "inner", "graph": graph_of(inner)}}
    graph_of(model)["nodes"][0]["inputs"].append({"name": "weight", "arg": argument, "kind": 1})


def expression_of_the_input(model: Any) -> None:
    sizes = graph_of(model)["tensor_values"]["x"]["sizes"]
    sizes[0] = {"as_expr": {"expr_str": CODE, "hint": {"as_int": 2}}}


def size_of_the_input(model: Any) -> None:
    sizes = graph_of(model)["tensor_values"]["x"]["sizes"]
    sizes[1] = {"as_int": "3" * 10}


def text_of_two_gigabytes(model: Any) -> None:
    inputs = [{"name": "", "arg": {"as_string": "%2000000000d"}, "kind": 1},
              {"name": "", "arg": {"as_int": 1}, "kind": 1}]  # fmt: skip
    made = [{"as_sym_int": {"as_name": "long"}}]
    node = {"target": "_operator.mod", "inputs": inputs, "outputs": made, "metadata": {}}
    graph_of(model)["nodes"].insert(0, node)


def buffer_changed(model: Any) -> None:
    specs = model["graph_module"]["signature"]["output_specs"]
    name = graph_of(model)["nodes"][0]["outputs"][0]["as_tensor"]["name"]
    specs.insert(0, {"buffer_mutation": {"arg": {"name": name}, "buffer_name": "norm.bias"}})


def custom_input(model: Any) -> None:
    specs = model["graph_module"]["signature"]["input_specs"]
    arg = {"name": "c", "class_fqn": "__torch__.torch.classes.dist_rpc.WorkerInfo"}
    specs.append({"custom_obj": {"arg": arg, "custom_obj_name": "c"}})


def forward_overwritten(model: Any) -> None:
    specs = model["graph_module"]["signature"]["input_specs"]
    specs[0]["parameter"]["parameter_name"] = "forward"


@pytest.mark.parametrize(
    "change",
    [
        expression_of_the_input, size_of_the_input, from_file, inner_graph, buffer_changed,
        custom_input, forward_overwritten, text_of_two_gigabytes,
        *map(calling, (
            "torch.ops.aten.from_file.default", "torch.ops.aten.from_file.out", "aten.from_file",
            "torch.ops.aten.record_stream.default", "torch.ops.aten.linear.out", "builtins.eval",
            "torch.ops.prims.convert_element_type.default", "torch.ops.quantized.linear.default",
            "torch.ops.torchvision.nms.default", "torch.ops.custom.run.default", "torch.save",
            "torch.ops.higher_order.cond", "torch.ops.aten.set_.source_Storage", "os.system",
            "torch.ops.aten.as_strided.default", "torch.ops.aten.__class__.default",
            "_operator.attrgetter", "#import:os.system", "torch.ops.inductor._alloc_from_pool",
            "torch.ops.load_library", "torch.ops.aten.linear.default.__init__", "math.trunc.x",
        )),
    ],
)  # fmt: skip
def test_graphs_that_reach_out(
    good: dict[str, bytes],
    change: Callable[[Any], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    model = json.loads(good[MODEL])
    change(model)
    with pytest.raises(DLCError, match="is refused: ") as caught:
        load_backbone(packed({**good, MODEL: json.dumps(model).encode()}))
    assert "\n" not in str(caught.value)
    assert not Path("evil.txt").exists()


def test_parts_that_would_run_code(
    good: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    weights = "data/weights/model_weights_config.json"
    evil = good[MODEL].replace(b'"expr_str": "', f'"expr_str": "{CODE}'.encode())
    deep = b"[" * 200_000
    no_model = {name: data for name, data in good.items() if name != MODEL}
    config = json.loads(good[weights])
    first = next(iter(config["config"].values()))
    first["tensor_meta"]["sizes"] = [{"as_int": 1 << 44}, {"as_int": 8}]
    first["tensor_meta"]["strides"] = [{"as_int": 0}, {"as_int": 0}]
    for parts, more in (
        ({**no_model, "models/model.jsom": evil}, ()), ({**good, "models/b.json": evil}, ()),
        ({**good, weights: good[weights].replace(b": false", b": true")}, ()),
        ({**good, weights: good[weights].replace(b"weight_0", b"opaque_obj_0")}, ()),
        ({**good, weights: good[weights].replace(b"weight_0", b"../models/model.json")}, ()),
        ({**good, weights: json.dumps(config).encode()}, ()),
        ({**good, "data/constants/opaque_obj_0": pickled()}, ()),
        ({**good, "data/constants/custom_obj_0": pickled()}, ()),
        ({**good, "data/weights/model.pt": pickled()}, ()),
        ({**good, "data/aotinductor/model/a.so": b"\x7fELF"}, ()),
        (good, ((MODEL, evil),)), (good, (("models/MODEL.json", evil),)),
        (good, (("../../evil.txt", b""),)), ({**good, MODEL: deep}, ()), (no_model, ()),
    ):  # fmt: skip
        with pytest.raises(DLCError, match=r"is (refused|no program of torch.export.save)"):
            load_backbone(packed(parts, *more))
    # Never read: the sample inputs, and texts that PyTorch's loader would evaluate or import.
    model = json.loads(evil)
    model["guards_code"] = [CODE]
    model["verifiers"] = ["os"]
    for node in graph_of(model)["nodes"]:
        node["metadata"] = {
            "torch_fn": CODE,
            "source_fn_stack": f"a,{CODE}",
            "nn_module_stack": CODE,
        }
    for entry in model["graph_module"]["module_call_graph"]:
        if entry["signature"]:
            entry["signature"]["in_spec"] = json.dumps([1, {"type": "os.system", "context": CODE}])
    graph_of(model)["tensor_values"]["x"] = graph_of(json.loads(good[MODEL]))["tensor_values"]["x"]
    parts = {**good, MODEL: json.dumps(model).encode(), "data/sample_inputs/model.pt": pickled()}
    images, found = torch.rand(2, 3, 32, 32), []
    for one in (good, parts):
        encoder = load_backbone(packed(one)).encoder
        found.append(run_here(Path("x.pt2"), encoder, images))
    assert torch.equal(*found)
    assert not Path("evil.txt").exists()
    assert not list(tmp_path.rglob("evil*"))


def test_a_compressed_part_is_refused(
    good: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("x.pt2", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in good.items():
            archive.writestr(f"x/{name}", data)
    with pytest.raises(DLCError, match="is compressed"):
        load_backbone("export:x.pt2")


def test_a_graph_that_asks_for_a_hundred_terabytes(
    good: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    model = json.loads(good[MODEL])
    size = {"name": "size", "arg": {"as_ints": [25 * 10**12]}, "kind": 1}
    node = {"target": "torch.ops.aten.zeros.default", "inputs": [size], "metadata": {}}
    graph_of(model)["nodes"].insert(0, {**node, "outputs": [{"as_tensor": {"name": "huge"}}]})
    name = packed({**good, MODEL: json.dumps(model).encode()})
    words = ["score", "digits", "--limit", "20", "--masks", "1", "--out", "run"]
    assert main([*words, "--backbone", name, "--crop", "32", "--resize", "32"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_dashboard_runs_programs_only_when_told(
    good: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = packed(good)
    monkeypatch.setenv("DLC_DATA_ROOTS", json.dumps([str(tmp_path)]))
    for value in ("", "0", "true"):
        monkeypatch.setenv("DLC_ALLOW_PROGRAMS", value)
        with pytest.raises(DLCError, match="dlc app --allow-programs"):
            load_backbone(name)
    monkeypatch.setenv("DLC_ALLOW_PROGRAMS", "1")
    assert load_backbone(name).masked


@pytest.mark.parametrize(("name", "auto"), [("test_vit", True), ("test_convnext", False)])
def test_the_same_bits_as_torch_export_itself(name: str, auto: bool, tmp_path: Path) -> None:
    timm = pytest.importorskip("timm")
    torch.manual_seed(0)
    model = timm.create_model(name, pretrained=False, num_classes=0).eval()
    size = model.pretrained_cfg["input_size"][-1]
    batch = torch.export.Dim.AUTO if auto else torch.export.Dim("n", min=1, max=64)
    example = (torch.rand(2, 3, size, size),)
    program = torch.export.export(model, example, dynamic_shapes=({0: batch},))
    torch.export.save(program, tmp_path / "a.pt2")
    images = torch.rand(3, 3, size, size)
    with torch.inference_mode():
        encoder = load_backbone(f"export:{tmp_path / 'a.pt2'}").encoder
        found = run_here(tmp_path / "a.pt2", encoder, images)
        assert torch.equal(found, program.module()(images))


def test_a_run_of_a_relative_path_goes_on_from_elsewhere(
    good: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["score", "digits", "--limit", "20", "--masks", "1", "--crop", "32", "--resize", "32"]
    assert main([*words, "--backbone", packed(good), "--out", "run"]) == 0
    run = Run.open("run")
    info = json.loads((run.path / "run.json").read_text())
    write_record(run.path, {**info, "status": "interrupted"})
    monkeypatch.chdir("/")
    assert main(resume_command(run)) == 0
    assert backbone_of_run(run).digest() == info["backbone"]["digest"]
    shutil.copytree(run.path, tmp_path / "got")  # a stranger's says nothing unasked
    got = str(tmp_path / "got")
    capsys.readouterr()
    assert main(["update", got, "--out", str(tmp_path / "more")]) == 2
    assert "add --yes to run it" in capsys.readouterr().err
    assert main(["evidence", got, "--method", "finetune", "--out", str(tmp_path / "e.json")]) == 2
    assert "add --yes to run it" in capsys.readouterr().err
    main(["update", got, "--out", str(tmp_path / "more"), "--yes"])  # random weights: 0 or 2
    assert "add --yes" not in capsys.readouterr().err


def test_torchscript_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("a/constants.pkl", b"")
        archive.writestr("a/code/__torch__.py", b"")
    with pytest.raises(DLCError, match=r"is TorchScript.*torch.export.save"):
        load_backbone(f"export:{tmp_path / 'a.pt'}")


def test_files_that_are_something_else(tmp_path: Path) -> None:
    torch.save(Encoder(), tmp_path / "whole.pt2")
    with pytest.raises(DLCError, match=r"is no program of torch.export.save"):
        load_backbone(f"export:{tmp_path / 'whole.pt2'}")
    with pytest.raises(DLCError, match="leave --weights out"):
        load_backbone(f"export:{tmp_path / 'whole.pt2'}", weights="x")
