"""Frozen graphs of TensorFlow 1 that were trained with FakeQuant, beside the files that TensorFlow makes of them."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from litesmith import _core, compat, dtypes
from litesmith.errors import ConverterError
from litesmith.interpreter import Interpreter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SEED = 20261121
DETECTOR = "TFLite_Detection_PostProcess"
DETECTIONS = [DETECTOR, *(f"{DETECTOR}:{k}" for k in (1, 2, 3))]


def frozen(path: Path, inputs: Mapping[str, list[int]], outputs: list[str], statistics: Any, dtype: Any) -> Any:
    """A converter to integers for a frozen graph with one image as input."""
    made = compat.v1.lite.TFLiteConverter.from_frozen_graph(path, list(inputs), outputs, dict(inputs))
    made.inference_type = dtype
    made.quantized_input_stats = dict.fromkeys(inputs, statistics)
    made.allow_custom_ops = True
    return made


def digits(shared: Path, graph: str, dtype: Any = dtypes.uint8, ranges: Any = None) -> bytes:
    """The MNIST network of a graph."""
    path = shared / "scenarios" / "06_v1_cli" / f"{graph}_frozen.pb"
    mean = 128.0 if dtype == dtypes.uint8 else 0.0
    made = frozen(path, {"input": [1, 28, 28, 1]}, ["outputs"], (mean, 128.0), dtype)
    made.default_ranges_stats = ranges
    return bytes(made.convert())


def stored(shared: Path, scenario: str, name: str) -> bytes:
    return (shared / "scenarios" / scenario / "tflite" / f"tf221_{name}.tflite").read_bytes()


def forms(model: bytes) -> list[Any]:
    """Operators in order, with type and quantization of what they read and give; scales to six digits."""
    graph = json.loads(_core.describe_content(model, "a model"))["graphs"][0]
    tensors = graph["tensors"]
    return [
        (node["name"], [(tensors[i]["type"], tensors[i].get("quantization")) for i in node["inputs"] + node["outputs"]])
        for node in graph["operators"]
    ]


def images(shared: Path, count: int) -> tuple[Any, Any]:
    """Test images of MNIST as pixels, and their labels."""
    data = shared / "scenarios" / "data"
    pixels = np.frombuffer(gzip.decompress((data / "t10k-images-idx3-ubyte.gz").read_bytes()), np.uint8, offset=16)
    labels = np.frombuffer(gzip.decompress((data / "t10k-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8)
    return pixels.reshape(-1, 1, 28, 28, 1)[8000 : 8000 + count], labels[8000 : 8000 + count]


def answers(model: bytes, inputs: Any) -> list[list[Any]]:
    interpreter = Interpreter(model_content=model)
    interpreter.allocate_tensors()
    results = []
    for values in inputs:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values)
        interpreter.invoke()
        results.append([interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()])
    return results


def accuracy(model: bytes, pixels: Any, labels: Any) -> float:
    found = [int(result[0].argmax()) for result in answers(model, pixels)]
    return float(np.mean(np.array(found) == labels))


@pytest.mark.parametrize(
    ("graph", "dtype", "ranges", "name"),
    [
        ("qat_bn_folded", dtypes.uint8, None, "qat_bn_folded_uint8_stats128_128"),
        ("qat_bn_folded", dtypes.uint8, (0, 6), "qat_bn_folded_uint8_stats128_ranges_0_6"),
        ("qat_bn_folded", dtypes.int8, None, "qat_bn_folded_int8_stats0_128"),
        ("float", dtypes.uint8, (0, 6), "float_uint8_stats128_ranges_0_6"),
        ("float", dtypes.uint8, None, "float_uint8_stats128_128"),
        ("float", dtypes.int8, None, "float_int8_stats0_128"),
    ],
)
def test_digits_have_the_forms_and_answers_of_tensorflows_file(
    shared: Path, graph: str, dtype: Any, ranges: Any, name: str
) -> None:
    ours, theirs = digits(shared, graph, dtype, ranges), stored(shared, "06_v1_cli", name)
    assert [node for node, _ in forms(ours)] == [node for node, _ in forms(theirs)]
    different = [(a, b) for a, b in zip(forms(ours), forms(theirs), strict=True) if a != b]
    # biases whose scale rounds differently in the seventh digit, or filters with batch normalization folded in
    assert all(a[0] in {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"} for a, _ in different)
    assert len(different) <= 1
    pixels, _ = images(shared, 40)
    inputs = pixels if dtype == dtypes.uint8 else (pixels.astype(np.int16) - 128).astype(np.int8)
    results = [np.array([result[0] for result in answers(model, inputs)]).astype(int) for model in (ours, theirs)]
    assert (results[0] != results[0][0]).any()
    assert np.abs(results[0] - results[1]).max() <= 1  # step of 1/256


@pytest.mark.parametrize("graph", ["qat_bn_unfolded", "qat_per_channel"])
@pytest.mark.parametrize("dtype", [dtypes.uint8, dtypes.int8])
def test_batch_normalization_and_channels_leave_nothing_in_float(shared: Path, graph: str, dtype: Any) -> None:
    model = digits(shared, graph, dtype)
    nodes = [name for name, _ in forms(model)]
    assert len(nodes) == 9
    assert not {"QUANTIZE", "DEQUANTIZE", "MUL", "ADD"} & set(nodes)
    assert {kind for _, tensors in forms(model) for kind, _ in tensors} == {dtype.name, "int32"}
    pixels, labels = images(shared, 500)
    inputs = pixels if dtype == dtypes.uint8 else (pixels.astype(np.int16) - 128).astype(np.int8)
    assert accuracy(model, inputs, labels) > 0.95  # that of the graph itself is 0.96 over 2000 images


def test_float_conversion_keeps_what_the_graph_computes(shared: Path) -> None:
    golden = np.load(shared / "scenarios" / "06_v1_cli" / "goldens.npz")
    pixels, _ = images(shared, 32)
    for graph in ("qat_bn_folded", "qat_bn_unfolded", "qat_per_channel"):
        model = digits(shared, graph, dtypes.float32)
        results = np.array([result[0][0] for result in answers(model, (pixels.astype(np.float32) - 128) / 128)])
        # float32 sums in another order; a value between two levels may fall to the other side
        assert np.abs(results - golden[f"{graph}/y0"]).max() < 1e-6, graph


@pytest.mark.parametrize("kind", ["fast", "regular", "fast_2classes"])
def test_detectors_find_what_tensorflows_file_finds(shared: Path, kind: str) -> None:
    path = shared / "scenarios" / "07_ssd_detector" / f"qat_{kind}_frozen.pb"
    name = "normalized_input_image_tensor"
    ours = frozen(path, {name: [1, 64, 64, 3]}, DETECTIONS, (128.0, 128.0), dtypes.uint8).convert()
    theirs = stored(shared, "07_ssd_detector", f"qat_{kind}_uint8")
    inputs = np.random.default_rng(SEED).integers(0, 256, (5, 1, 64, 64, 3), dtype=np.uint8)
    found, wanted = answers(ours, inputs), answers(theirs, inputs)
    assert not np.array_equal(found[0][2], found[1][2])
    for a, b in zip(found, wanted, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(a[1:], b[1:], strict=True))
        assert np.abs(a[0] - b[0]).max() < 0.0037  # TensorFlow rounds the anchors to steps of this size


GRAPH = """
node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "shape" value { shape { dim { size: 1 } dim { size: 4 } } } } }
node { name: "low" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape { } float_val: LOW } } } }
node { name: "high" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape { } float_val: HIGH } } } }
node { name: "y" op: "OPERATOR" input: "x" input: "low" input: "high" ATTRIBUTES
  attr { key: "T" value { type: DT_FLOAT } } }
"""


def ranged(folder: Path, operator: str, low: float, high: float, **attributes: str) -> bytes:
    texts = [f'attr {{ key: "{key}" value {{ {value} }} }}' for key, value in attributes.items()]
    text = GRAPH.replace("OPERATOR", operator).replace("ATTRIBUTES", " ".join(texts))
    path = folder / "graph.pbtxt"
    path.write_text(text.replace("LOW", str(low)).replace("HIGH", str(high)))
    return bytes(compat.v1.lite.TFLiteConverter.from_frozen_graph(path, ["x"], ["y"]).convert())


def rounded(model: bytes, values: list[float]) -> list[float]:
    return list(answers(model, [np.array([values], np.float32)])[0][0][0])


def test_a_range_rounds_to_256_levels_of_which_zero_is_one(tmp_path: Path) -> None:
    model = ranged(tmp_path, "FakeQuantWithMinMaxVars", -1.0, 1.55)
    assert rounded(model, [0.0, 0.004, 0.006, 9.0]) == pytest.approx([0.0, 0.0, 0.01, 1.55], abs=1e-6)


def test_a_narrow_range_has_no_lowest_level(tmp_path: Path) -> None:
    model = ranged(tmp_path, "FakeQuantWithMinMaxVars", -1.27, 1.27, narrow_range="b: true")
    assert rounded(model, [-9.0, 0.004, 0.006, 9.0]) == pytest.approx([-1.27, 0.0, 0.01, 1.27], abs=1e-6)


def test_quantize_and_dequantize_lies_around_zero(tmp_path: Path) -> None:
    model = ranged(tmp_path, "QuantizeAndDequantizeV2", -1.0, 1.27, range_given="b: true", signed_input="b: true")
    assert rounded(model, [-9.0, 0.004, 0.006, 9.0]) == pytest.approx([-1.28, 0.0, 0.01, 1.27], abs=1e-6)


@pytest.mark.parametrize(
    ("operator", "low", "high", "attributes", "text"),
    [
        ("FakeQuantWithMinMaxVars", 1.0, -1.0, {}, "range 1 to -1"),
        ("QuantizeAndDequantizeV2", -1.0, 1.0, {"range_given": "b: false"}, "measures its range while it runs"),
        ("QuantizeAndDequantizeV2", -1.0, 1.0, {"range_given": "b: true", "num_bits": "i: 4"}, "4 bits"),
        ("FakeQuantWithMinMaxVarsPerChannel", -1.0, 1.0, {}, "1 minima and 1 maxima for 4 channels"),
    ],
)
def test_ranges_without_a_conversion_say_why(
    tmp_path: Path, operator: str, low: float, high: float, attributes: dict[str, str], text: str
) -> None:
    with pytest.raises((ConverterError, ValueError), match=text):
        ranged(tmp_path, operator, low, high, **attributes)
