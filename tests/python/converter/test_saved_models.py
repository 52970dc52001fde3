"""SavedModels and checkpoints through the converters: what of them is converted, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litesmith
from litesmith import cli, lite
from litesmith.cli import tflite_convert
from litesmith.compat.v1 import lite as v1
from litesmith.tools import util


@pytest.fixture(params=["tf215", "tf221"])
def module(shared: Path, request: pytest.FixtureRequest) -> Path:
    """A module with the signatures compare, predict and scale."""
    return shared / "scenarios" / "08_concrete_functions" / f"{request.param}_module"


def golden(module: Path, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs and outputs of a signature by name."""
    stored = np.load(module.parent / "goldens.npz")
    ways = []
    for way in ("in", "out"):
        prefix = f"{module.name}/{key}/{way}/"
        ways.append({name[len(prefix) :]: stored[name] for name in stored.files if name.startswith(prefix)})
    return ways[0], ways[1]


def require_golden(content: bytes, module: Path, key: str) -> None:
    feeds, wanted = golden(module, key)
    results = lite.Interpreter(model_content=content).get_signature_runner(key)(**feeds)
    assert sorted(results) == sorted(wanted)
    for name, want in wanted.items():
        assert np.abs(want).max() > 0.01
        assert np.abs(results[name] - want).max() < 1e-5  # of values around 1, in float32


@pytest.mark.parametrize("keys", [["predict"], "predict", ["scale", "predict"]])
def test_signatures_that_are_asked_for_become_graphs(module: Path, keys: Any) -> None:
    content = lite.TFLiteConverter.from_saved_model(module, signature_keys=keys).convert()
    wanted = [keys] if isinstance(keys, str) else keys
    assert list(lite.Interpreter(model_content=content).get_signature_list()) == sorted(wanted)
    for key in wanted:
        require_golden(content, module, key)


def test_files_say_what_they_were_made_from(module: Path) -> None:
    content = lite.TFLiteConverter.from_saved_model(module, ["scale"]).convert()
    environment = util.get_conversion_metadata(content).environment
    assert (environment.modelType, environment.apiVersion) == (1, 2)
    graph = module.parents[1] / "06_v1_cli" / "float_frozen.pb"
    content = v1.TFLiteConverter.from_frozen_graph(graph, ["input"], ["c1/relu6"]).convert()
    environment = util.get_conversion_metadata(content).environment
    assert (environment.modelType, environment.apiVersion) == (4, 1)


def test_version_1_takes_one_signature_and_shapes_by_name_or_alone(module: Path) -> None:
    make = v1.TFLiteConverter.from_saved_model
    converter = make(module, signature_key="predict")
    assert converter.get_input_arrays() == ["predict_x"]
    require_golden(converter.convert(), module, "predict")
    for shapes in ([5, 6], {"x": [5, 6]}, {"predict_x:0": (5, 6)}):
        content = make(module, input_shapes=shapes, signature_key="predict").convert()
        details = lite.Interpreter(model_content=content).get_input_details()[0]
        assert list(details["shape_signature"]) == [5, 6]


def test_version_1_takes_arrays_in_place_of_a_signature(module: Path) -> None:
    feeds, wanted = golden(module, "predict")
    name = sorted(wanted)[1]
    make = v1.TFLiteConverter.from_saved_model
    content = make(module, input_arrays=["x"], output_arrays=[name], signature_key="predict").convert()
    interpreter = lite.Interpreter(model_content=content)
    assert interpreter.get_signature_list() == {}
    details = interpreter.get_input_details()[0]
    interpreter.resize_tensor_input(details["index"], feeds["x"].shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(details["index"], feeds["x"])
    interpreter.invoke()
    assert len(interpreter.get_output_details()) == 1
    result = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert np.abs(result - wanted[name]).max() < 1e-5  # of values around 1, in float32


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"tags": ["zz"]}, r"Got an incompatible argument to `tags`: .*zz.*serve"),
        ({"tags": "zz"}, r"Got an incompatible argument to `tags`: .*zz.*serve"),
        ({"signature_keys": ["zz"]}, r"Invalid signature key 'zz' found\. Valid keys are '.*predict"),
    ],
)
def test_tags_and_keys_that_are_not_there_are_named_with_those_that_are(
    module: Path, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        lite.TFLiteConverter.from_saved_model(module, **arguments).convert()


def test_shapes_that_the_graph_cannot_have_are_refused(module: Path) -> None:
    make = v1.TFLiteConverter.from_saved_model
    for shapes, said in (
        ({"y": [5, 6]}, "Invalid tensor 'y' found in tensor shapes map"),
        ({"x": [5, 7]}, r"\[5, 7\]"),
    ):
        with pytest.raises(ValueError, match=said):
            make(module, input_shapes=shapes, signature_key="predict").convert()


def test_the_command_converts_signatures(module: Path, tmp_path: Path) -> None:
    flags = [f"--saved_model_dir={module}", f"--output_file={tmp_path / 'm.tflite'}"]
    assert tflite_convert.main([*flags, "--saved_model_signature_key=predict,scale"]) == 0
    content = (tmp_path / "m.tflite").read_bytes()
    assert list(lite.Interpreter(model_content=content).get_signature_list()) == ["predict", "scale"]
    assert tflite_convert.main(["--enable_v1_converter", *flags, "--saved_model_signature_key=predict"]) == 0
    require_golden((tmp_path / "m.tflite").read_bytes(), module, "predict")


def test_a_checkpoint_needs_files_and_arrays_that_exist(shared: Path, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="there is no checkpoint"):
        lite.TFLiteConverter.from_checkpoint(tmp_path / "model.ckpt", ["x"], ["y"]).convert()
    folder = shared / "scenarios" / "05_tf1_graphs" / "model_dir"
    for make in (lite.TFLiteConverter.from_checkpoint, v1.TFLiteConverter.from_checkpoint):
        with pytest.raises(ValueError, match=r"'inputs_' is not in the graph.*did you mean"):
            make(folder, ["inputs_"], ["rescnn/ln"]).convert()
    with pytest.raises(ValueError, match="output_arrays is empty"):
        lite.TFLiteConverter.from_checkpoint(folder, ["inputs"], [])


def test_convert_takes_folders_in_one_call_and_from_the_command_line(shared: Path, tmp_path: Path) -> None:
    folder = shared / "scenarios" / "08_concrete_functions" / "tf221_module_state"
    copied = tmp_path / "state.model"
    shutil.copytree(folder, copied)
    content = litesmith.convert(copied)
    assert content == lite.TFLiteConverter.from_saved_model(folder).convert()
    assert cli.main(["convert", str(copied), "-q"]) == 0
    assert (tmp_path / "state.model.tflite").read_bytes() == content


def test_the_command_takes_graphs_between_arrays(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = shared / "scenarios" / "06_v1_cli" / "float_frozen.pb"
    target = tmp_path / "m.tflite"
    assert cli.main(["convert", str(graph), "-o", str(target)]) == 1
    assert "--inputs NAMES --outputs NAMES" in capsys.readouterr().err
    arrays = ["--inputs=input", "--outputs=c1/relu6", "--shapes=1,28,28,1"]
    assert cli.main(["convert", str(graph), *arrays, "-o", str(target)]) == 0
    assert list(lite.Interpreter(model_path=target).get_input_details()[0]["shape"]) == [1, 28, 28, 1]
