"""``layer_precision``: named layers take the mode that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litesmith
from litesmith import cli, lite
from litesmith.quantization import Calibrator

DIGITS = Path(__file__).parents[3] / "examples" / "digits"
MODEL = DIGITS / "digits_cnn.keras"
IMAGES = np.load(DIGITS / "ten_digits.npz")["images"].astype(np.float32)
LINEAR = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def converter(**attributes: Any) -> lite.TFLiteConverter:
    made = lite.TFLiteConverter.from_keras_model(str(MODEL))
    made.optimizations = [lite.Optimize.DEFAULT]
    made.representative_dataset = IMAGES
    made.lint_calibration = False
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def operators(blob: bytes) -> list[tuple[str, str, str]]:
    """(name, type of operand 0, type of operand 1) of the linear operators, in order."""
    interpreter = lite.Interpreter(model_content=blob)
    types = {detail["index"]: np.dtype(detail["dtype"]).name for detail in interpreter.get_tensor_details()}
    return [
        (op["op_name"], types[op["inputs"][0]], types[op["inputs"][1]])
        for op in interpreter._get_ops_details()
        if op["op_name"] in LINEAR
    ]


def kinds(blob: bytes) -> list[str]:
    modes = {
        ("int8", "int8"): "int8",
        ("int16", "int8"): "int16x8",
        ("float32", "float32"): "float32",
        ("float32", "int8"): "dynamic_range",
    }
    return [modes[data, weights] for _, data, weights in operators(blob)]


def float_model() -> bytes:
    blob = litesmith.convert(str(MODEL))
    assert isinstance(blob, bytes)
    return blob


def names() -> list[str]:
    """Paths of the layers with linear operators, in order."""
    conversion = litesmith.quantization.float_files.open_float_model(str(MODEL))
    return [path for path, _, ops in conversion.layers() if set(ops) & set(LINEAR)]


def output(blob: bytes) -> Any:
    interpreter = lite.Interpreter(model_content=blob)
    interpreter.allocate_tensors()
    rows = []
    for image in IMAGES:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image[None])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    return np.concatenate(rows)


def test_without_layers_all_linear_operators_are_int8() -> None:
    assert set(kinds(converter().convert())) == {"int8"}
    assert len(names()) == len(kinds(converter().convert())) >= 3


@pytest.mark.parametrize("mode", ["float32", "int16x8", "dynamic_range"])
@pytest.mark.parametrize("position", [0, 1, -1])
def test_the_operators_of_a_named_layer_have_the_type_that_is_asked_for(mode: str, position: int) -> None:
    blob = converter(layer_precision={names()[position]: mode}).convert()
    found = kinds(blob)
    if mode == "dynamic_range":
        assert found.pop(position) in {"dynamic_range", "float32"}  # small weights stay float32
    else:
        assert found.pop(position) == mode
    assert set(found) == {"int8"}
    assert np.abs(output(blob) - output(float_model())).max() < 0.1  # of probabilities


def test_a_class_names_all_its_layers() -> None:
    blob = converter(layer_precision={"Conv2D": "float32"}).convert()
    found = {op: data for op, data, _ in operators(blob)}
    assert found["CONV_2D"] == "float32"
    assert found["FULLY_CONNECTED"] == "int8"


def test_the_first_pattern_that_matches_decides() -> None:
    first = names()[0]
    assert kinds(converter(layer_precision={first: "int16x8", "*": "float32"}).convert())[0] == "int16x8"
    every = kinds(converter(layer_precision={"*": "float32", first: "int16x8"}).convert())
    assert set(every) == {"float32"}


def test_all_layers_in_float32_give_the_float_model() -> None:
    blob = converter(layer_precision={"*": "float32"}).convert()
    assert np.array_equal(output(blob), output(float_model()))
    assert not np.array_equal(output(converter().convert()), output(blob))


def test_a_single_layer_is_quantized_in_a_float_model() -> None:
    found = kinds(converter(optimizations=[], layer_precision={names()[1]: "int8"}).convert())
    assert found[1] == "int8"
    assert set(found[:1] + found[2:]) == {"float32"}


def test_an_unknown_layer_is_an_error_that_names_near_ones() -> None:
    first = names()[0]
    with pytest.raises(ValueError, match=rf"layer_precision\['{first}x'\]: no layer .* did you mean .*'{first}'"):
        converter(layer_precision={f"{first}x": "float32"}).convert()
    with pytest.raises(ValueError, match=r"did you mean .*'Conv2D'"):
        converter(layer_precision={"conv2D": "float32"}).convert()
    with pytest.raises(ValueError, match=rf"the model has '{first}'"):
        converter(layer_precision={"%%%": "float32"}).convert()


def test_a_layer_without_operators_is_warned_of() -> None:
    with pytest.warns(UserWarning, match=r"layer_precision\['InputLayer'\] has no effect"):
        blob = converter(layer_precision={"InputLayer": "float32"}).convert()
    assert blob == converter().convert()


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        ({"dense": "int18"}, ValueError, r"layer_precision\['dense'\] is 'int18': did you mean 'int8'\?"),
        ({"dense": None}, ValueError, "There are 'float32'"),
        ({3: "int8"}, TypeError, "has the key 3"),
        ([("dense", "int8")], TypeError, "is a list but must be a dict"),
    ],
)
def test_values_that_are_no_modes_by_layer_are_errors(value: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        converter(layer_precision=value).convert()


def test_layers_of_a_float_file_go_by_path_and_operator() -> None:
    blob = float_model()
    path = names()[-1]
    by_path = litesmith.quantize(blob, representative_dataset=IMAGES, layer_precision={path: "float32"})
    by_operator = litesmith.quantize(
        blob, representative_dataset=IMAGES, layer_precision={"FULLY_CONNECTED": "float32"}
    )
    assert isinstance(by_path, bytes)
    assert isinstance(by_operator, bytes)
    assert kinds(by_path)[-1] == "float32"
    assert "int8" in kinds(by_path)
    assert {data for op, data, _ in operators(by_operator) if op == "FULLY_CONNECTED"} == {"float32"}


def test_calibrator_and_command_take_layers(tmp_path: Path) -> None:
    blob = float_model()
    path = names()[-1]
    wanted = litesmith.quantize(blob, representative_dataset=IMAGES, layer_precision={path: "float32"})
    calibrator = Calibrator(blob)
    made = calibrator.calibrate_and_quantize(IMAGES, "float32", "float32", True, layer_precision={path: "float32"})
    assert isinstance(wanted, bytes)
    assert kinds(made) == kinds(wanted)
    (tmp_path / "m.tflite").write_bytes(blob)
    np.save(tmp_path / "x.npy", IMAGES)
    options = [
        "--samples",
        str(tmp_path / "x.npy"),
        "--layer",
        f"{path}=float32",
        "-q",
        "-o",
        str(tmp_path / "q.tflite"),
    ]
    assert cli.main(["quantize", str(tmp_path / "m.tflite"), *options]) == 0
    assert (tmp_path / "q.tflite").read_bytes() == wanted
    assert cli.main(["quantize", str(tmp_path / "m.tflite"), *options[:2], "--layer", "nothing"]) == 1


def test_the_same_request_gives_the_same_bytes() -> None:
    one, other = (converter(layer_precision={names()[1]: "int16x8"}).convert() for _ in range(2))
    assert one == other


def test_an_unknown_option_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(TypeError, match="no argument 'layer_precison'; did you mean 'layer_precision'"):
        litesmith.quantize(str(MODEL), "dynamic_range", layer_precison={})  # type: ignore[call-arg]


@pytest.mark.parametrize(("mode", "layers", "wanted"), [("int8", "int16x8", "int64"), ("int16x8", "int8", "int32")])
def test_biases_have_the_type_of_their_layers_mode(mode: str, layers: str, wanted: str) -> None:
    """LiteRT's depthwise convolution of int16 takes no other than int64."""
    first = names()[0]
    blob = litesmith.quantize(
        float_model(), mode, representative_dataset=IMAGES, lint=False, layer_precision={first: layers}
    )
    interpreter = lite.Interpreter(model_content=blob)
    types = {detail["index"]: np.dtype(detail["dtype"]).name for detail in interpreter.get_tensor_details()}
    biases = [types[op["inputs"][2]] for op in interpreter._get_ops_details() if op["op_name"] in LINEAR]
    assert biases[0] == wanted
    assert set(biases[1:]) == {"int32", "int64"} - {wanted}
