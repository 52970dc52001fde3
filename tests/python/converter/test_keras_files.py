"""Real Keras files: our conversion, TensorFlow's own files of the same networks, and LiteRT, against Keras' results."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from litesmith import lite

NAMES = ["tiny_resnet8", "tiny_vww", "tiny_ad", "face_emotion_mini_xception", "face_gender_mini_xception"]
# The bar for probabilities, absolute; and for other outputs, relative to the largest one.
SOFTMAX, RELATIVE = 1e-5, 1e-4


def entry(shared: Path, name: str) -> dict[str, Any]:
    manifest = json.loads((shared / "corpus" / "manifest.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = next(item for item in manifest if item["name"] == name)
    return found


def goldens(shared: Path, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Inputs and Keras' outputs, the samples along the first axis."""
    stored = np.load(shared / "corpus" / entry(shared, name)["goldens"][0])
    x, y = stored["in_0"], stored["keras_out_0"]
    return x.reshape(-1, *x.shape[2:]), y.reshape(-1, *y.shape[2:])


def allowed(want: NDArray[Any]) -> float:
    is_probability = np.allclose(want.sum(axis=-1), 1, atol=1e-4)
    return SOFTMAX if is_probability else RELATIVE * float(np.abs(want).max())


def predict(blob: bytes, x: NDArray[Any]) -> NDArray[Any]:
    interpreter = lite.Interpreter(model_content=blob)
    index = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(index, x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(index, x)
    interpreter.invoke()
    result: NDArray[Any] = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return result


def float_file(shared: Path, name: str) -> bytes:
    return Path(shared / "corpus" / entry(shared, f"{name}_float")["files"][0]).read_bytes()


def convert(shared: Path, name: str) -> bytes:
    return lite.TFLiteConverter.from_keras_model_file(shared / "corpus" / entry(shared, name)["files"][0]).convert()


@pytest.mark.parametrize("name", NAMES)
def test_a_real_keras_file_converts_and_gives_keras_results(shared: Path, name: str) -> None:
    x, want = goldens(shared, name)
    assert np.ptp(want, axis=0).max() > 1e-2, "all samples give the same result and prove nothing"
    got = predict(convert(shared, name), x)
    assert got.shape == want.shape
    assert np.abs(got - want).max() <= allowed(want)


@pytest.mark.parametrize("name", ["tiny_resnet8", "tiny_vww"])
def test_tensorflows_float_file_of_the_same_network_runs_to_keras_results(shared: Path, name: str) -> None:
    x, want = goldens(shared, name)
    got = np.concatenate([predict(float_file(shared, name), sample[None]) for sample in x])
    assert np.abs(got - want).max() <= allowed(want)


@pytest.mark.parametrize("name", ["tiny_resnet8", "tiny_vww", "tiny_ad"])
def test_tensorflows_float_file_gives_litert_results(shared: Path, name: str) -> None:
    # The biases in the published file of tiny_ad are not those of its .h5: LiteRT is 1.8 % away from Keras.
    stored = np.load(shared / "corpus" / entry(shared, f"{name}_float")["goldens"][0])
    x, want = (stored[key].reshape(-1, *stored[key].shape[2:]) for key in ("in_0", "ref_out_0"))
    got = predict(float_file(shared, name), x)
    assert np.ptp(want, axis=0).max() > 1e-2, "all samples give the same result and prove nothing"
    assert np.abs(got - want).max() <= allowed(want)


_LITERT = """
import sys
import numpy as np
from ai_edge_litert.interpreter import Interpreter
interpreter = Interpreter(sys.argv[1])
x = np.load(sys.argv[2])
index = interpreter.get_input_details()[0]["index"]
interpreter.resize_tensor_input(index, x.shape)
interpreter.allocate_tensors()
interpreter.set_tensor(index, x)
interpreter.invoke()
np.save(sys.argv[3], interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
"""


@pytest.mark.parametrize("name", NAMES)
def test_litert_runs_our_file_to_keras_results(shared: Path, name: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("ai_edge_litert") is None:
        pytest.skip("ai-edge-litert is not installed")
    x, want = goldens(shared, name)
    model, feed, result = (tmp_path / file for file in ("model.tflite", "x.npy", "y.npy"))
    model.write_bytes(convert(shared, name))
    np.save(feed, x)
    finished = subprocess.run(
        [sys.executable, "-c", _LITERT, str(model), str(feed), str(result)], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    assert np.abs(np.load(result) - want).max() <= allowed(want)


@pytest.mark.parametrize("name", NAMES)
def test_our_file_has_no_more_operators_than_tensorflows(shared: Path, name: str) -> None:
    theirs = entry(shared, name)["legacy"]["tf_converter"]["float32"]["ops"]
    operators = lite.Interpreter(model_content=convert(shared, name))._get_ops_details()
    assert len(operators) <= sum(theirs.values()), (len(operators), theirs)
