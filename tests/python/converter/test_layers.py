"""Every supported layer: from a Keras file to our interpreter and to LiteRT, against what Keras computes."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from litesmith import lite
from tests.python.keras_process import make_models

SCRIPT = Path(__file__).with_name("layer_models.py")
NAMES = re.findall(r'^    "(\w+)": lambda|^    "(\w+)": \w+,$', SCRIPT.read_text(encoding="utf-8"), re.MULTILINE)
ACTIVATIONS = re.search(r"ACTIVATIONS = \((.*?)\)\.split", SCRIPT.read_text(encoding="utf-8"), re.DOTALL)
assert ACTIVATIONS is not None
MODELS = [a or b for a, b in NAMES] + [
    f"act_{name}" for name in " ".join(re.findall(r'"([^"]*)"', ACTIVATIONS[1])).split()
]

# Relative to the largest output: float32 sums of some hundred terms in another order.
TOLERANCE = 1e-5


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with <name>.keras, <name>.h5 and <name>.npz of every model, made by Keras in a child process."""
    return make_models(SCRIPT, tmp_path_factory.mktemp("layers"))


def arrays(folder: Path, name: str, prefix: str) -> list[NDArray[np.generic]]:
    stored = np.load(folder / f"{name}.npz")
    return [stored[f"{prefix}{i}"] for i in range(len(stored)) if f"{prefix}{i}" in stored]


def run(interpreter: lite.Interpreter, inputs: list[NDArray[np.generic]]) -> list[NDArray[np.generic]]:
    for detail, value in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.resize_tensor_input(detail["index"], value.shape)
    interpreter.allocate_tensors()
    for detail, value in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


def check(outputs: list[NDArray[np.generic]], expected: list[NDArray[np.generic]], name: str) -> None:
    assert len(outputs) == len(expected)
    for got, want in zip(outputs, expected, strict=True):
        assert got.shape == want.shape, name
        assert np.abs(got - want).max() <= TOLERANCE * max(np.abs(want).max(), 1e-3), name


@pytest.mark.parametrize("name", MODELS)
def test_a_converted_layer_computes_what_keras_computes(models: Path, name: str) -> None:
    inputs, expected = arrays(models, name, "in"), arrays(models, name, "out")
    assert any(np.ptp(y) > 1e-3 for y in expected), "the reference is constant and proves nothing"
    blob = lite.TFLiteConverter.from_keras_model(models / f"{name}.keras").convert()
    check(run(lite.Interpreter(model_content=blob), inputs), expected, name)


@pytest.mark.parametrize("name", MODELS)
def test_h5_and_keras_files_give_the_same_bytes(models: Path, name: str) -> None:
    from_keras, from_h5 = (
        lite.TFLiteConverter.from_keras_model(models / f"{name}{suffix}").convert() for suffix in (".keras", ".h5")
    )
    assert from_keras == from_h5


_LITERT = """
import sys
import numpy as np
from ai_edge_litert.interpreter import Interpreter
folder, tolerance = sys.argv[1], float(sys.argv[2])
for name in sys.argv[3:]:
    stored = np.load(f"{folder}/{name}.npz")
    interpreter = Interpreter(f"{folder}/{name}.tflite")
    try:
        for i, detail in enumerate(interpreter.get_input_details()):
            interpreter.resize_tensor_input(detail["index"], stored[f"in{i}"].shape)
        interpreter.allocate_tensors()
        for i, detail in enumerate(interpreter.get_input_details()):
            interpreter.set_tensor(detail["index"], stored[f"in{i}"])
        interpreter.invoke()
        for i, detail in enumerate(interpreter.get_output_details()):
            got, want = interpreter.get_tensor(detail["index"]), stored[f"out{i}"]
            if got.shape != want.shape or not np.abs(got - want).max() <= tolerance * max(np.abs(want).max(), 1e-3):
                print("WRONG", name, got.shape, want.shape, np.abs(got - want).max() if got.shape == want.shape else "")
    except Exception as error:
        print("FAILED", name, str(error)[:300])
    print("done", name)
"""


def test_litert_runs_our_files_to_the_same_result(models: Path) -> None:
    if importlib.util.find_spec("ai_edge_litert") is None:
        pytest.skip("ai-edge-litert is not installed")
    for name in MODELS:
        blob = lite.TFLiteConverter.from_keras_model(models / f"{name}.keras").convert()
        (models / f"{name}.tflite").write_bytes(blob)
    finished = subprocess.run(
        # XNNPACK's exp and tanh are good to a few float32 steps, hence ten times our own tolerance.
        [sys.executable, "-c", _LITERT, str(models), str(10 * TOLERANCE), *MODELS],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = finished.stdout.splitlines()
    assert [line for line in lines if line.startswith(("WRONG", "FAILED"))] == []
    assert sum(line.startswith("done") for line in lines) == len(MODELS), finished.stderr[-2000:]
