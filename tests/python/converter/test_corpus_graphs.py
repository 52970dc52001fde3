"""Every TensorFlow graph, SavedModel and checkpoint of the corpus: results, and no more operators than TensorFlow's."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from litesmith import lite
from litesmith.compat.v1 import lite as v1
from litesmith.errors import ConverterError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

# Relative to the largest result: float32 sums in another order.
TOLERANCE = 1e-5
GRAPHS = [
    "armkws_basic_lstm_s",
    "armkws_cnn_s",
    "armkws_dnn_s",
    "armkws_ds_cnn_m",
    "armkws_ds_cnn_s",
    "armkws_gru_s",
    "litert_gather_pbtxt",
    "litert_multi_add_graphdef",
    "litert_permute_pbtxt",
    "t2o_fc_layers",
    "t2o_gru",
    "t2o_regression_checkpoint",
    "t2o_regression_graphdef",
]
SIGNATURES = [
    ("litert_control_flow_v1_savedmodel", "serving_default"),
    ("serving_half_plus_two_cpu", "regress_x2_to_y3"),
    ("serving_half_plus_two_cpu", "serving_default"),
    ("serving_half_plus_two_tf2", "classify_x2_to_y3"),
    ("serving_half_plus_two_tf2", "regress_x2_to_y3"),
    ("serving_half_plus_two_tf2", "serving_default"),
    ("serving_matrix_half_plus_two", "serving_default"),
    ("t2o_regression_savedmodel", "serving_default"),
    ("tiny_kws", "serving_default"),
]
# They parse serialized tf.Example messages, which no TFLite operator does.
PARSING = [
    ("serving_half_plus_two_cpu", "classify_x_to_y"),
    ("serving_half_plus_two_cpu", "regress_x_to_y"),
    ("serving_half_plus_two_cpu", "regress_x_to_y2"),
    ("serving_half_plus_two_tf2", "classify_x_to_y"),
    ("serving_half_plus_two_tf2", "regress_x_to_y"),
    ("serving_half_plus_two_tf2", "regress_x_to_y2"),
]


@pytest.fixture(scope="module")
def corpus(shared: Path) -> Path:
    return shared / "corpus"


@pytest.fixture(scope="module")
def manifest(corpus: Path) -> dict[str, dict[str, Any]]:
    entries = json.loads((corpus / "manifest.json").read_text(encoding="utf-8"))
    return {entry["name"]: entry for entry in entries}


def strings(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(object) if values.dtype.kind == "S" else values


def arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The corpus is trusted: its string tensors are stored as objects."""
    with np.load(path, allow_pickle=True) as stored:
        return {name: strings(stored[name]) for name in stored.files}


def numbered(values: dict[str, NDArray[Any]], prefix: str) -> list[NDArray[Any]]:
    return [values[f"{prefix}_{i}"] for i in range(sum(name.startswith(f"{prefix}_") for name in values))]


def assert_close(got: NDArray[Any], want: NDArray[Any]) -> None:
    assert got.shape == want.shape
    if want.dtype.kind == "f":
        assert np.abs(got - want).max() <= TOLERANCE * np.abs(want).max()
    else:
        assert got.tolist() == want.tolist()


def operators(content: bytes) -> Counter[str]:
    interpreter = lite.Interpreter(model_content=content)
    return Counter(str(node["op_name"]) for node in interpreter._get_ops_details())


def assert_no_more_operators(content: bytes, converted: dict[str, Any]) -> None:
    """Where TensorFlow's converter fails there is nothing to compare with."""
    theirs = converted.get("float32", {}).get("ops")
    if theirs is not None:
        ours = operators(content)
        assert sum(ours.values()) <= sum(theirs.values()), (ours, theirs)


def samples(interpreter: lite.Interpreter, inputs: list[NDArray[Any]]) -> Iterator[list[NDArray[Any]]]:
    details = interpreter.get_input_details()
    for i in range(len(inputs[0])):
        for detail, values in zip(details, inputs, strict=True):
            interpreter.resize_tensor_input(detail["index"], values[i].shape)
        interpreter.allocate_tensors()
        interpreter.reset_all_variables()
        for detail, values in zip(details, inputs, strict=True):
            interpreter.set_tensor(detail["index"], values[i])
        interpreter.invoke()
        yield [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


def converter_of(corpus: Path, entry: dict[str, Any], shapes: dict[str, list[int]]) -> Any:
    inputs, outputs = entry["input_arrays"], entry["output_arrays"]
    path = corpus / entry["files"][0]
    if entry["kind"] == "checkpoint":
        return lite.TFLiteConverter.from_checkpoint(path.parent, inputs, outputs, shapes)
    return v1.TFLiteConverter.from_frozen_graph(path, inputs, outputs, shapes)


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs_give_tensorflows_results(corpus: Path, manifest: dict[str, dict[str, Any]], name: str) -> None:
    entry = manifest[name]
    stored = arrays(corpus / entry["goldens"][0])
    inputs, wanted = numbered(stored, "in"), numbered(stored, "tf_out")
    shapes = {array: list(values.shape[1:]) for array, values in zip(entry["input_arrays"], inputs, strict=True)}
    content = converter_of(corpus, entry, shapes).convert()
    assert_no_more_operators(content, entry.get("tf_converter", {}))
    got = list(samples(lite.Interpreter(model_content=content), inputs))
    for i, results in enumerate(got):
        for result, want in zip(results, wanted, strict=True):
            assert_close(result, want[i])
    assert any(np.any(first != last) for first, last in zip(got[0], got[-1], strict=True))


@pytest.mark.parametrize(("name", "key"), SIGNATURES)
def test_signatures_give_tensorflows_results(
    corpus: Path, manifest: dict[str, dict[str, Any]], name: str, key: str
) -> None:
    folder = corpus / "models" / name
    content = lite.TFLiteConverter.from_saved_model(folder, signature_keys=[key]).convert()
    assert_no_more_operators(content, manifest[name].get("tf_converter", {}).get(key, {}))
    path = corpus / "goldens" / f"{name}.sig.{key}.npz"
    if not path.exists():
        path = corpus / manifest[name]["goldens"][0]
    stored = arrays(path)
    runner = lite.Interpreter(model_content=content).get_signature_runner(key)
    feeds = {name.removeprefix("in:"): values for name, values in stored.items() if name.startswith("in:")}
    wanted = {name.removeprefix("tf_out:"): values for name, values in stored.items() if name.startswith("tf_out:")}
    if not feeds:
        feeds = dict(zip(manifest[name]["signatures"][key]["in"], numbered(stored, "in"), strict=True))
        wanted = dict(zip(manifest[name]["signatures"][key]["out"], numbered(stored, "tf_out"), strict=True))
    got = [
        runner(**{feed: values[i] for feed, values in feeds.items()}) for i in range(len(next(iter(feeds.values()))))
    ]
    for i, results in enumerate(got):
        for result, want in wanted.items():
            assert_close(results[result], want[i])
    assert any(np.any(got[0][result] != got[-1][result]) for result in wanted)


@pytest.mark.parametrize(("name", "key"), PARSING)
def test_signatures_that_parse_examples_are_refused_by_node(corpus: Path, name: str, key: str) -> None:
    converter = lite.TFLiteConverter.from_saved_model(corpus / "models" / name, signature_keys=[key])
    with pytest.raises(ConverterError, match="ParseExample"):
        converter.convert()


def test_no_graph_of_the_corpus_is_left_out(manifest: dict[str, dict[str, Any]]) -> None:
    graphs = {name for name, entry in manifest.items() if entry["kind"] not in {"tflite", "keras"}}
    assert graphs == set(GRAPHS) | {name for name, _ in SIGNATURES}
