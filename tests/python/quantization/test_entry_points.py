"""The ways into quantization: converter, Calibrator, litesmith.quantize, the command."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from tiny_models import Graph, Operator, Tensor, build

import litesmith
from litesmith import _core, cli, lite
from litesmith.quantization import Observations, observe

DIGITS = Path(__file__).parents[3] / "examples" / "digits"
IMAGES = np.load(DIGITS / "ten_digits.npz")["images"].astype(np.float32)
ROWS = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
SMALLEST_POSITIVE = np.finfo(np.float32).tiny


def converter(**attributes: Any) -> lite.TFLiteConverter:
    made = lite.TFLiteConverter.from_keras_model(str(DIGITS / "digits_cnn.keras"))
    made.optimizations = [lite.Optimize.DEFAULT]
    made.representative_dataset = IMAGES
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def recorded(blob: bytes) -> dict[tuple[int, int], tuple[float, float]]:
    return _core.Conversion.from_tflite(blob, "model", False, 2).recorded_ranges()


def test_calibrate_only_writes_the_float_model_with_its_ranges() -> None:
    blob = converter(_experimental_calibrate_only=True).convert()
    plain = converter(optimizations=[], representative_dataset=None).convert()
    seen = observe(plain, IMAGES)
    ranges = _core.Conversion.from_tflite(plain, "model", False, 2).ranges_of(seen.core, "min_max", 255, False)
    assert recorded(plain) == {}
    assert recorded(blob) == {key: (low, max(high, SMALLEST_POSITIVE)) for key, (low, high) in ranges.items()}
    assert len(recorded(blob)) == len(seen.tensors) > 4
    outputs = []
    for content in (blob, plain):
        interpreter = lite.Interpreter(model_content=content)
        interpreter.allocate_tensors()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], IMAGES[:1])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    assert np.array_equal(*outputs)


def test_a_converter_shows_what_was_changed_without_the_data() -> None:
    shown = repr(converter(inference_input_type="int8"))
    assert "representative_dataset=<ndarray of shape [10, 8, 8, 1]>" in shown
    assert "inference_input_type='int8'" in shown
    assert "inference_output_type" not in shown
    assert "_dataset" not in repr(converter(representative_dataset=None))


def test_observations_stand_in_for_the_data_set() -> None:
    keras = str(DIGITS / "digits_cnn.keras")
    parts = [pickle.loads(pickle.dumps(observe(keras, IMAGES[k : k + 5], first_sample=k))) for k in (5, 0)]
    together = converter(representative_dataset=None, observations=parts[0].merge(parts[1]))
    together._experimental_calibrate_only = True
    assert together.convert() == converter(_experimental_calibrate_only=True).convert()


def test_observations_of_another_model_are_refused(perceptron: bytes) -> None:
    made = converter(representative_dataset=None, observations=observe(perceptron, ROWS))
    with pytest.raises(ValueError, match="these observations are of another model"):
        made.convert()


def test_an_empty_data_set_is_an_error_in_the_converter() -> None:
    with pytest.raises(ValueError, match="the representative_dataset gave no samples"):
        converter(representative_dataset=lambda: iter(())).convert()


def test_the_calibrator_records_the_ranges_that_tensorflow_would(perceptron: bytes) -> None:
    calibrator = lite.Calibrator(perceptron)

    def samples() -> Any:
        for row in ROWS:
            yield [-1 - np.abs(row[np.newaxis])]

    ranges = recorded(calibrator.calibrate(samples))
    # TensorFlow's greatest value starts from the smallest positive float
    assert ranges[0, 0] == (float((-1 - np.abs(ROWS)).min()), float(SMALLEST_POSITIVE))
    assert recorded(calibrator.calibrate(samples)) == ranges


def test_the_calibrator_refuses_what_is_no_float_model(perceptron: bytes) -> None:
    with pytest.raises(ValueError, match="Failed to parse the model: "):
        lite.Calibrator(b"\0" * 100)
    with pytest.raises(ValueError, match="`model_content` must be specified"):
        lite.Calibrator(b"")
    with pytest.raises(ValueError, match="Looking up symbol 'Register' failed"):
        lite.Calibrator(perceptron, custom_op_registerers_by_name=["Register"])
    with pytest.raises(ValueError, match=r"must be tf\.int8 or tf\.int16"):
        lite.Calibrator(perceptron).calibrate_and_quantize(ROWS, "float32", "float32", True, activations_type="int32")
    with pytest.raises(ValueError, match=r"must be in \['tf\.float32', 'tf\.int16'\]"):
        lite.Calibrator(perceptron).calibrate_and_quantize(
            ROWS, "int8", "int8", True, activations_type="int16", bias_type="int64"
        )


def test_quantized_files_are_refused_with_the_way_out(schema: ModuleType) -> None:
    tensors = [Tensor("x", (2,), "INT8", scales=(0.5,), zero_points=(0,)), Tensor("y", (2,))]
    blob = build(schema, Graph(tensors, [Operator("DEQUANTIZE", (0,), (1,))], (0,), (1,)))
    with pytest.raises(ValueError, match=r"is quantized already: its tensor 'x' is int8; give the float32 file"):
        litesmith.quantize(blob, "float16")


def test_damaged_and_missing_files_say_so(tmp_path: Path) -> None:
    (tmp_path / "damaged.tflite").write_bytes(b"\0" * 100)
    with pytest.raises(ValueError, match=r"damaged\.tflite"):
        litesmith.quantize(tmp_path / "damaged.tflite", "float16")
    with pytest.raises(FileNotFoundError):
        litesmith.quantize(tmp_path / "missing.tflite", "float16")
    with pytest.raises(TypeError, match=r"TFLiteConverter\.from_keras_model"):
        litesmith.quantize(3, "float16")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"mode": "int4"}, "mode is 'int4' but must be one of 'float16', 'dynamic_range', 'int8', 'int16x8'"),
        ({"mode": "int8"}, "give representative_dataset"),
        ({"mode": "float16", "input_type": "int8"}, "must be tf.float32"),
        ({"mode": "int8", "calibration": "best"}, "calibration is 'best'"),
        ({"mode": "int8", "bias_type": "int64"}, "Expected bias type to be `dtypes.int32` for Int8Quant."),
    ],
)
def test_arguments_of_quantize_that_do_not_fit(arguments: dict[str, Any], text: str, perceptron: bytes) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        litesmith.quantize(perceptron, **arguments)


def test_the_ranges_of_a_calibrated_file_are_taken_over(perceptron: bytes) -> None:
    ranges = {(0, 0): (-1.0, 2.0), (0, 3): (-3.0, 4.0)}
    conversion = _core.Conversion.from_tflite(perceptron, "model", False, 2)
    conversion.record_ranges(ranges)
    again = _core.Conversion.from_tflite(conversion.write(), "model", False, 2)
    assert again.recorded_ranges() == ranges


def interface(blob: bytes) -> list[str]:
    interpreter = lite.Interpreter(model_content=blob)
    details = [*interpreter.get_input_details(), *interpreter.get_output_details()]
    return [np.dtype(it["dtype"]).name for it in details]


def classes(blob: bytes) -> Any:
    """The digit that the model sees in each image."""
    interpreter = lite.Interpreter(model_content=blob)
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.resize_tensor_input(source["index"], IMAGES.shape)
    interpreter.allocate_tensors()
    values = IMAGES
    scale, zero = source["quantization"]
    if scale:
        info = np.iinfo(source["dtype"])
        values = np.clip(np.round(IMAGES / scale) + zero, info.min, info.max).astype(source["dtype"])
    interpreter.set_tensor(source["index"], values)
    interpreter.invoke()
    return interpreter.get_tensor(target["index"]).argmax(axis=1)


INT8, INT16X8 = (
    lite.OpsSet.TFLITE_BUILTINS_INT8,
    lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
)


@pytest.mark.parametrize(
    ("sets", "input_type", "output_type"),
    [
        ([lite.OpsSet.TFLITE_BUILTINS], "float32", "float32"),
        ([INT8], "int8", "int8"),
        ([INT8], "uint8", "float32"),
        ([INT8], "float32", "uint8"),
        ([INT16X8], "int16", "int16"),
        ([INT16X8, lite.OpsSet.TFLITE_BUILTINS], "float32", "int16"),
    ],
)
def test_integer_models_have_the_interface_asked_for_and_still_read_digits(
    sets: list[lite.OpsSet], input_type: str, output_type: str
) -> None:
    plain = converter(optimizations=[], representative_dataset=None).convert()
    blob = converter(
        target_spec=lite.TargetSpec(supported_ops=sets),
        inference_input_type=input_type,
        inference_output_type=output_type,
    ).convert()
    assert interface(blob) == [input_type, output_type]
    assert len(blob) < 0.6 * len(plain)
    assert np.ptp(classes(plain)) > 0
    assert (classes(blob) == classes(plain)).mean() >= 0.9


def test_every_way_in_gives_the_same_quantized_model() -> None:
    plain = converter(optimizations=[], representative_dataset=None).convert()
    from_file = litesmith.quantize(plain, "int8", representative_dataset=IMAGES)
    parts = [observe(plain, IMAGES[k : k + 5], first_sample=k, num_threads=1) for k in (5, 0)]
    assert litesmith.quantize(plain, "int8", observations=parts[0].merge(parts[1])) == from_file
    calibrated = lite.Calibrator(plain).calibrate(IMAGES)
    again = litesmith.quantize(calibrated, "int8")
    assert classes(again).tolist() == classes(from_file).tolist()
    whole = lite.Calibrator(plain).calibrate_and_quantize(IMAGES, "float32", "float32", allow_float=True)
    assert len(whole) <= len(from_file)
    keras = litesmith.quantize(DIGITS / "digits_cnn.keras", "int8", representative_dataset=IMAGES)
    assert keras == converter().convert()


def test_calibration_methods_give_different_models() -> None:
    random = np.random.default_rng(0).normal(size=(20, *IMAGES.shape[1:])).astype(np.float32)
    methods = ("min_max", "moving_average", "percentile", "mse", "entropy")
    blobs = [converter(representative_dataset=random, calibration=method).convert() for method in methods]
    assert len(set(blobs)) == len(blobs)


def operators(blob: bytes) -> list[tuple[str, str, str]]:
    """Operator, name and type of its first result."""
    interpreter = lite.Interpreter(model_content=blob)
    details = {it["index"]: it for it in interpreter.get_tensor_details()}
    results = [(op["op_name"], details[op["outputs"][0]]) for op in interpreter._get_ops_details()]
    return [(name, it["name"], np.dtype(it["dtype"]).name) for name, it in results]


def invoke(blob: bytes, x: Any) -> Any:
    interpreter = lite.Interpreter(model_content=blob)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def test_a_model_trained_with_fake_quant_has_its_ranges(trained: bytes) -> None:
    blob = litesmith.quantize(trained, "int8")
    assert [name for name, _, _ in operators(blob)] == ["QUANTIZE", "FULLY_CONNECTED", "DEQUANTIZE"]
    interpreter = lite.Interpreter(model_content=blob)
    found = {it["name"]: it["quantization"] for it in interpreter.get_tensor_details() if it["dtype"] is np.int8}
    # the grid of [-1.02, 2.0] moved so that 0 lies on it: 86 steps below
    assert found["x_int8"] == (pytest.approx(3.02 / 255, rel=1e-6), 86 - 128)
    assert (pytest.approx(12.75 / 255, rel=1e-6), 120 - 128) in found.values()
    assert interpreter.get_output_details()[0]["name"] == "y"
    differences, size = [], []
    for row in ROWS:
        x = np.clip(row[np.newaxis], -1, 2)
        y = invoke(trained, x)
        differences.append(np.abs(invoke(blob, x) - y).max())
        size.append(np.abs(y).max())
    # one step of the output's grid
    assert max(differences) <= 12.75 / 255 * 1.01
    assert max(size) > 1


def test_one_layer_alone_is_quantized_by_the_name_of_its_result() -> None:
    plain = converter(optimizations=[], representative_dataset=None).convert()
    calibrator = lite.Calibrator(plain)
    first = operators(plain)[0][1]
    single = calibrator.calibrate_and_quantize_single(IMAGES, "float32", "float32", True, first)
    products = ("CONV_2D", "FULLY_CONNECTED")
    assert [dtype for name, _, dtype in operators(single) if name in products] == ["int8", "float32", "float32"]
    whole = calibrator.calibrate_and_quantize(IMAGES, "float32", "float32", True)
    assert [dtype for name, _, dtype in operators(whole) if name in products] == ["int8"] * 3
    with pytest.raises(ValueError, match="no operator of the model computes a tensor named 'nothing'"):
        calibrator.calibrate_and_quantize_single(IMAGES, "float32", "float32", True, "nothing")


def run(*arguments: str) -> int:
    try:
        return cli.main(arguments)
    except SystemExit as ended:
        return int(str(ended.code))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, perceptron: bytes) -> Path:
    (tmp_path / "model.tflite").write_bytes(perceptron)
    np.save(tmp_path / "rows.npy", ROWS)
    np.savez(tmp_path / "rows.npz", image=ROWS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_help_of_the_command_explains_modes_and_samples(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("quantize", "--help") == 0
    said = capsys.readouterr().out
    for text in ("dynamic_range", "int16x8", "float16", "About 100 typical inputs", ".npz", "examples:"):
        assert text in said


def test_the_command_writes_the_file_beside_the_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for mode in ("float16", "dynamic_range"):
        assert run("quantize", "model.tflite", "--mode", mode) == 0
        assert (folder / f"model_{mode}.tflite").read_bytes() == litesmith.quantize(folder / "model.tflite", mode)
    assert "model.tflite -> model_float16.tflite" in capsys.readouterr().err
    for samples in ("rows.npy", "rows.npz"):
        options = ("--input-type", "uint8", "-o", "small.tflite", "--no-lint", "-q")
        assert run("quantize", "model.tflite", "-s", samples, *options) == 0
        assert interface((folder / "small.tflite").read_bytes()) == ["uint8", "float32"]
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["model.tflite"], 1, "give representative_dataset"),
        (["missing.tflite"], 1, "missing.tflite"),
        (["model.tflite", "--mode", "int4"], 2, "invalid choice: 'int4'"),
        (["model.tflite", "--samples", "model.tflite"], 1, "does not hold arrays"),
        (["model.tflite", "--mode", "float16", "--input-type", "int8"], 1, "must be tf.float32"),
        (["model.tflite", "-o", "no/where.tflite"], 1, "does not exist"),
    ],
)
def test_mistakes_in_the_command_are_one_line(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("quantize", *arguments) == code
    assert said in capsys.readouterr().err


def test_the_classes_stand_where_users_look_for_them() -> None:
    assert litesmith.lite.Calibrator is litesmith.compat.v1.lite.Calibrator
    assert litesmith.quantization.Observations is Observations
    assert litesmith.quantization.quantize is litesmith.quantize
    assert {"quantize", "quantization"} <= set(dir(litesmith))
