"""inference_type, quantized_input_stats and default_ranges_stats of tf.compat.v1.lite: integers without samples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from oracle_process import Question, ask

from litesmith import _core, compat, dtypes
from litesmith.interpreter import Interpreter

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20261121
STATISTICS = {"input_2": (0.0, 255.0)}


def converter(shared: Path, dtype: Any = dtypes.uint8) -> Any:
    """A converter of a convolutional network on MNIST whose pixels are 0 to 1."""
    made = compat.v1.lite.TFLiteConverter.from_keras_model_file(
        shared / "scenarios" / "01_keras_mnist_cnn" / "k2_full.h5"
    )
    made.inference_type = dtype
    made.quantized_input_stats = STATISTICS
    return made


def described(model: bytes, folder: Path) -> Any:
    path = folder / "model.tflite"
    path.write_bytes(model)
    return json.loads(_core.describe_file(str(path)))["graphs"][0]


def operators(graph: Any) -> list[str]:
    return [node["name"] for node in graph["operators"]]


def types(graph: Any) -> set[str]:
    return {tensor["type"] for tensor in graph["tensors"]}


def images(count: int) -> Any:
    return np.random.default_rng(SEED).integers(0, 256, (count, 1, 28, 28, 1), dtype=np.uint8)


def answers(model: bytes, inputs: Any) -> Any:
    interpreter = Interpreter(model_content=model)
    interpreter.allocate_tensors()
    results = []
    for values in inputs:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values)
        interpreter.invoke()
        results.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    return np.array(results)


def test_default_ranges_make_unsigned_integers_of_everything(shared: Path, tmp_path: Path) -> None:
    made = converter(shared)
    made.default_ranges_stats = (0, 6)
    graph = described(made.convert(), tmp_path)
    assert "QUANTIZE" not in operators(graph)
    assert "DEQUANTIZE" not in operators(graph)
    assert types(graph) == {"uint8", "int32"}
    by_name = {tensor["name"]: tensor for tensor in graph["tensors"]}
    assert by_name["input_2"]["quantization"] == "scale 0.00392157, zero point 0"
    filters = [tensor["quantization"] for name, tensor in by_name.items() if name.endswith("kernel")]
    assert len(filters) == 4
    assert all(text.count(",") == 1 for text in filters)  # one scale, one zero point
    assert any(not text.endswith("zero point 128") for text in filters)


@pytest.mark.oracle
@pytest.mark.parametrize("dtype", [dtypes.uint8, dtypes.int8])
def test_litert_gives_the_same_integers(shared: Path, tmp_path: Path, dtype: Any) -> None:
    made = converter(shared, dtype)
    made.quantized_input_stats = {"input_2": (0.0 if dtype == dtypes.uint8 else -128.0, 255.0)}
    made.default_ranges_stats = (-8, 8)
    model = made.convert()
    inputs = [image.astype(np.int16) - (0 if dtype == dtypes.uint8 else 128) for image in images(4)]
    inputs = [image.astype(dtype.as_numpy_dtype) for image in inputs]
    ours = answers(model, inputs)
    theirs = ask([Question(model, [image]) for image in inputs], "BUILTIN_REF", tmp_path)
    assert (ours != ours[0]).any()
    assert np.array_equal(ours, [answer.outputs[0] for answer in theirs])


def test_without_default_ranges_operators_stay_float_between_integer_ends(shared: Path, tmp_path: Path) -> None:
    graph = described(converter(shared).convert(), tmp_path)
    assert operators(graph)[0] == "DEQUANTIZE"
    assert operators(graph)[-1] == "QUANTIZE"
    assert graph["tensors"][graph["outputs"][0]]["type"] == "uint8"
    assert "float32" in types(graph)


def test_an_integer_input_asks_for_integers_too(shared: Path) -> None:
    whole, ends = converter(shared), converter(shared, dtypes.float32)
    ends.inference_input_type = dtypes.uint8
    for made in (whole, ends):
        made.default_ranges_stats = (0, 6)
    assert ends.convert() == whole.convert()


def test_the_output_may_be_float(shared: Path, tmp_path: Path) -> None:
    made = converter(shared)
    made.default_ranges_stats = (0, 6)
    made.inference_output_type = dtypes.float32
    graph = described(made.convert(), tmp_path)
    assert operators(graph)[-1] == "DEQUANTIZE"


def test_options_of_the_old_converter_without_effect_are_taken(shared: Path) -> None:
    plain, changed = converter(shared), converter(shared)
    changed.change_concat_input_ranges = True
    changed.reorder_across_fake_quant = True
    assert plain.convert() == changed.convert()


def test_float_models_ignore_statistics_and_ranges(shared: Path, tmp_path: Path) -> None:
    made = converter(shared, dtypes.float32)
    made.default_ranges_stats = (0, 6)
    assert types(described(made.convert(), tmp_path)) == {"float32", "int32"}


@pytest.mark.parametrize(
    ("attribute", "value", "kind", "text"),
    [
        ("quantized_input_stats", {}, ValueError, "must be defined when either"),
        ("quantized_input_stats", {"other": (0, 1)}, ValueError, "not available for input tensors 'input_2'"),
        ("quantized_input_stats", {"input_2": (0, 0)}, ValueError, "deviation must be above 0"),
        ("quantized_input_stats", {"input_2": (float("nan"), 1)}, ValueError, "finite"),
        ("quantized_input_stats", {"input_2": 3}, TypeError, r"\(mean, standard deviation\)"),
        ("quantized_input_stats", [(0, 1)], TypeError, "input name"),
        ("default_ranges_stats", (6, 0), ValueError, "below the maximum"),
        ("default_ranges_stats", (6,), TypeError, r"\(min, max\)"),
    ],
)
def test_values_that_cannot_be_right_are_named(shared: Path, attribute: str, value: Any, kind: type, text: str) -> None:
    made = converter(shared)
    setattr(made, attribute, value)
    with pytest.raises(kind, match=text):
        made.convert()
