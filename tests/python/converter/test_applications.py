"""Networks of keras.applications with random weights: logits and five inner layers against Keras."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from litesmith import lite

SCRIPT = Path(__file__).with_name("application_models.py")
NAMES = ["MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large", "ResNet50", "EfficientNetB0"]
SIZE = 128
# Relative to the largest value of the tensor: float32 rounding through up to 240 layers.
TOLERANCE = 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_an_application_network_computes_what_keras_computes(name: str, tmp_path: Path) -> None:
    if not all(importlib.util.find_spec(module) for module in ("keras", "jax", "scipy")):
        pytest.skip("Keras with the numpy backend (keras, jax, scipy) is not installed")
    finished = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path), name, str(SIZE)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "KERAS_BACKEND": "numpy"},
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    stored = np.load(tmp_path / f"{name}.npz")
    logits = stored["y0"]
    assert np.abs(logits[0] - logits[1]).max() >= 0.1 * np.abs(logits).max(), "two images give nearly the same logits"

    interpreter = lite.Interpreter(
        model_content=lite.TFLiteConverter.from_keras_model(tmp_path / f"{name}.h5").convert(), num_threads=2
    )
    image = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(image, stored["x"].shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(image, stored["x"])
    interpreter.invoke()
    details = interpreter.get_output_details()
    assert len(details) == 6
    for i, detail in enumerate(details):
        want = stored[f"y{i}"]
        got = interpreter.get_tensor(detail["index"])
        assert got.shape == want.shape
        assert np.abs(got - want).max() <= TOLERANCE * np.abs(want).max(), f"{name}, output {i}"
