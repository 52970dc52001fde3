"""lite.experimental.QuantizationDebugger: its figures, its options, and TensorFlow's of the same model."""

from __future__ import annotations

import csv
import io
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorflow_process import tensorflow_python

import litesmith
from litesmith import lite

DIGITS = Path(__file__).resolve().parents[3] / "examples" / "digits"
Debugger = lite.experimental.QuantizationDebugger
Options = lite.experimental.QuantizationDebugOptions
INT16X8 = lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8


def images() -> np.ndarray:
    return np.load(DIGITS / "ten_digits.npz")["images"]


def digits(**attributes: Any) -> lite.TFLiteConverter:
    converter = lite.TFLiteConverter.from_keras_model(DIGITS / "digits_cnn.keras")
    converter.optimizations = [lite.Optimize.DEFAULT]
    converter.representative_dataset = images
    converter.lint_calibration = False
    for name, value in attributes.items():
        setattr(converter, name, value)
    return converter


def table(debugger: Any) -> list[dict[str, str]]:
    file = io.StringIO()
    debugger.layer_statistics_dump(file)
    file.seek(0)
    return list(csv.DictReader(file))


def operators(blob: bytes) -> list[str]:
    return [it["op_name"] for it in lite.Interpreter(model_content=blob)._get_ops_details()]


def test_figures_are_those_of_each_operator_on_the_inputs_that_it_has() -> None:
    debugger = Debugger(converter=digits())
    assert debugger.layer_statistics is None
    debugger.run()
    rows = table(debugger)
    assert [row["op_name"] for row in rows] == ["CONV_2D", "CONV_2D", "MAX_POOL_2D", "FULLY_CONNECTED", "SOFTMAX"]
    figures = "num_elements stddev mean_error max_abs_error mean_squared_error".split()
    assert list(rows[0]) == ["op_name", "tensor_idx", *figures, "scale", "zero_point", "tensor_name"]
    assert float(rows[2]["max_abs_error"]) == 0  # the greatest of equal numbers is the same
    for row in (rows[0], rows[1], rows[3]):
        rounded = np.sqrt(float(row["mean_squared_error"])) / float(row["scale"])
        assert 0.05 < rounded < 3
    for row, (key, figures) in zip(rows, debugger.layer_statistics.items(), strict=True):
        assert key == f"NumericVerify/{row['tensor_name']}:{row['tensor_idx']}"
        variance = figures["mean_squared_error"] - figures["mean_error"] ** 2
        assert variance == pytest.approx(figures["stddev"] ** 2, rel=0.5, abs=1e-9)  # means over samples, then combined


def test_the_first_operator_has_the_error_that_the_float_model_shows() -> None:
    debugger = Debugger(converter=digits())
    debugger.run()
    row = table(debugger)[0]
    values = {}
    for name, blob in (("float", debugger.float_model), ("int8", debugger.quant_model)):
        interpreter = lite.Interpreter(model_content=blob, experimental_preserve_all_tensors=True)
        index = interpreter.get_input_details()[0]["index"]
        interpreter.resize_tensor_input(index, images().shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(index, images())
        interpreter.invoke()
        named = {it["name"]: it for it in interpreter.get_tensor_details()}[row["tensor_name"]]
        values[name] = interpreter.get_tensor(named["index"]).astype(np.float64)
        scale, zero_point = named["quantization"]
        if scale:
            values[name] = (values[name] - zero_point) * scale
    expected = np.mean((values["int8"] - values["float"]) ** 2)
    assert float(row["mean_squared_error"]) == pytest.approx(expected, rel=1e-4)


def test_int16x8_is_debugged_and_far_closer() -> None:
    narrow, converter = Debugger(converter=digits()), digits()
    converter.target_spec.supported_ops = [INT16X8]
    wide = Debugger(converter=converter)
    narrow.run()
    wide.run()
    # steps of 1 / 32767 instead of 1 / 255; weights have the same 8 bits
    assert float(table(wide)[-1]["scale"]) < float(table(narrow)[-1]["scale"]) / 50
    assert float(table(wide)[-1]["mean_squared_error"]) < float(table(narrow)[-1]["mean_squared_error"]) / 20


def test_denylisted_operators_and_nodes_stay_float_in_model_and_figures() -> None:
    whole = Debugger(converter=digits())
    whole.run()
    name = table(whole)[1]["tensor_name"]
    whole.options = Options(denylisted_nodes=[name])
    assert whole.layer_statistics is None
    whole.run()
    assert name not in {row["tensor_name"] for row in table(whole)}
    whole.options = Options(denylisted_nodes=["conv2d_1"])
    assert operators(whole.get_nondebug_quantized_model()).count("DEQUANTIZE") == 2
    whole.options = Options(denylisted_ops=["CONV_2D"])
    whole.run()
    assert {row["op_name"] for row in table(whole)} == {"MAX_POOL_2D", "FULLY_CONNECTED", "SOFTMAX"}
    assert whole.get_debug_quantized_model() == whole.quant_model


def test_an_operator_that_the_model_lacks_is_a_warning_and_a_node_an_error() -> None:
    with pytest.warns(UserWarning, match="CONV2D, which the model does not have.*CONV_2D"):
        Debugger(converter=digits(), debug_options=Options(denylisted_ops=["CONV2D"]))
    with pytest.raises(ValueError, match="no operator of the model computes a tensor named 'nowhere'"):
        Debugger(converter=digits(), debug_options=Options(denylisted_nodes=["nowhere"]))


def test_fully_quantized_models_have_integer_inputs_and_outputs() -> None:
    debugger = Debugger(converter=digits(), debug_options=Options(fully_quantize=True))
    assert not {"QUANTIZE", "DEQUANTIZE"} & set(operators(debugger.quant_model))
    debugger.run()
    first = table(debugger)[0]
    debugger.options = Options()
    debugger.run()
    # the float operator starts from the quantized image, so that its rounding is no longer part of the error
    assert float(first["mean_squared_error"]) < float(table(debugger)[0]["mean_squared_error"])


def test_types_that_the_converter_asks_for_are_kept() -> None:
    debugger = Debugger(converter=digits(inference_input_type="uint8"), debug_options=Options(fully_quantize=True))
    interpreter = lite.Interpreter(model_content=debugger.quant_model)
    assert interpreter.get_input_details()[0]["dtype"] == np.uint8
    assert interpreter.get_output_details()[0]["dtype"] == np.int8
    debugger.run()
    assert table(debugger)


def test_own_figures_see_differences_integers_and_outputs() -> None:
    options = Options(
        layer_debug_metrics={"shape": lambda differences: differences.shape[-1]},
        layer_direct_compare_metrics={
            "off": lambda expected, stored, scale, zero_point: np.abs(
                expected - (stored.astype(np.int32) - zero_point) * scale
            ).max()
        },
        model_debug_metrics={"agree": lambda one, other: float(one[0].argmax() == other[0].argmax())},
    )
    debugger = Debugger(converter=digits(), debug_options=options)
    debugger.run()
    assert debugger.model_statistics == {"agree": 1.0}
    rows = table(debugger)
    assert [float(row["shape"]) for row in rows][-1] == 10
    for row in rows:
        assert float(row["off"]) == pytest.approx(float(row["max_abs_error"]), rel=1e-3, abs=1e-6)


def test_two_files_do_without_a_converter(tmp_path: Path) -> None:
    converter = digits()
    (tmp_path / "int8.tflite").write_bytes(converter.convert())
    litesmith.convert(DIGITS / "digits_cnn.keras", output=tmp_path / "float.tflite")
    debugger = Debugger(
        quant_debug_model_path=tmp_path / "int8.tflite",
        float_model_content=(tmp_path / "float.tflite").read_bytes(),
        debug_dataset=lambda: ([one[None]] for one in images()),
    )
    debugger.run()
    made = Debugger(converter=converter)
    made.run()
    assert debugger.layer_statistics == made.layer_statistics
    with pytest.raises(ValueError, match="No converter found"):
        debugger.get_nondebug_quantized_model()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "quant_debug_model_path or quant_debug_model_content is missing"),
        ({"quant_debug_model_content": b""}, "float_model_path or float_model_content is missing"),
        ({"quant_debug_model_content": b"no", "float_model_content": b"no"}, "in the quantized model"),
        ({"converter": digits(optimizations=[])}, "must set optimizations to lite.Optimize.DEFAULT"),
        ({"converter": digits(representative_dataset=None)}, "must set representative_dataset"),
    ],
)
def test_what_is_missing_is_said(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Debugger(**arguments)


def test_a_float_model_in_place_of_the_quantized_one_is_refused() -> None:
    blob = lite.TFLiteConverter.from_keras_model(DIGITS / "digits_cnn.keras").convert()
    with pytest.raises(ValueError, match="Please check if the quantized model is in debug mode"):
        Debugger(quant_debug_model_content=blob, float_model_content=blob)
    converter = digits()
    converter.target_spec.supported_types = ["float16"]
    with pytest.raises(ValueError, match="attributes lead to float16"):
        Debugger(converter=converter)


def test_samples_must_be_there_and_figures_need_names_of_their_own() -> None:
    with pytest.raises(ValueError, match="there are no samples to run"):
        Debugger(converter=digits(), debug_dataset=[]).run()
    one = {"same": np.size}
    with pytest.raises(ValueError, match=r"Provided metrics have duplicate keys.*same"):
        Options(layer_debug_metrics=one, layer_direct_compare_metrics=one)
    with pytest.raises(TypeError, match=r"denylisted_ops is the text 'CONV_2D'"):
        Options(denylisted_ops="CONV_2D")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what debugger_oracle.py writes."""
    python = tensorflow_python()
    folder = tmp_path_factory.mktemp("debugger")
    script = Path(__file__).with_name("debugger_oracle.py")
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([python, script, folder], env=environment, check=True, capture_output=True, timeout=600)
    return folder


@pytest.mark.oracle
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("plain", {"layer_debug_metrics": {"worst": lambda differences: np.max(np.abs(differences))}}),
        ("fully", {"fully_quantize": True}),
        ("without_conv", {"denylisted_ops": ["CONV_2D"]}),
    ],
)
def test_columns_and_figures_are_those_of_tensorflow(theirs: Path, name: str, options: dict[str, Any]) -> None:
    converter = lite.TFLiteConverter.from_keras_model(theirs / "model.keras")
    converter.optimizations = [lite.Optimize.DEFAULT]
    converter.representative_dataset = np.load(theirs / "samples.npy")
    converter.lint_calibration = False
    debugger = Debugger(converter=converter, debug_options=Options(**options))
    debugger.run()
    ours = table(debugger)
    with (theirs / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        expected = [row for row in csv.DictReader(file) if row["op_name"] != "RESHAPE"]
    assert list(ours[0]) == list(expected[0])
    assert [row["op_name"] for row in ours] == [row["op_name"] for row in expected]
    columns = [it for it in ours[0] if it not in {"op_name", "tensor_idx", "tensor_name"}]
    for one, other in zip(ours, expected, strict=True):
        scale = float(other["scale"])
        for column in columns:
            # steps: in two of the 64 samples a result may be rounded to the other side of a half by their kernels
            unit = {"num_elements": 1.0, "zero_point": 1.0, "mean_squared_error": scale**2}.get(column, scale)
            assert float(one[column]) == pytest.approx(float(other[column]), abs=0.03 * unit), (one, column)
