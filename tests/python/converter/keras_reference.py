"""What Keras computes, in a child process: its backend is chosen per process and it stays out of ours."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

__all__ = ["build_and_predict", "needs_keras"]

_EPILOGUE = """
import sys
import numpy as np
folder = sys.argv[1]
inputs = build_inputs() if "build_inputs" in globals() else None
random = np.random.default_rng(7)
model = build()
for variable in model.weights:
    leaf, shape = variable.path.split("/")[-1], tuple(variable.shape)
    if leaf in ("gamma", "moving_variance", "variance"):
        value = random.uniform(0.5, 1.5, shape)
    else:
        value = random.normal(0, 0.5 / max(1.0, np.prod(shape[:-1])) ** 0.5 if len(shape) > 1 else 0.2, shape)
    if "int" not in str(variable.dtype):
        variable.assign(value.astype("float32"))
if inputs is None:
    inputs = [
        random.uniform(-1, 1, [3 if d is None else d for d in x.shape]).astype(x.dtype) for x in model.inputs
    ]
outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
outputs = list(outputs.values()) if isinstance(outputs, dict) else outputs
outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
model.save(folder + "/model.keras")
model.save(folder + "/model.h5")
np.savez(folder + "/in.npz", *[np.asarray(x) for x in inputs])
np.savez(folder + "/out.npz", *[keras.ops.convert_to_numpy(y) for y in outputs])
"""


def needs_keras() -> pytest.MarkDecorator:
    """A mark that skips where Keras 3 with the jax backend is not installed."""
    found = all(importlib.util.find_spec(name) for name in ("keras", "jax"))
    return pytest.mark.skipif(not found, reason="Keras with the jax backend is not installed")


def build_and_predict(build: str, folder: Path) -> tuple[Path, list[NDArray[np.generic]], list[NDArray[np.generic]]]:
    """Run Python source that defines ``build() -> keras.Model``, with seeded weights and inputs (batch 3).

    Returns:
        The path of model.keras (model.h5 lies beside it), the inputs and Keras' outputs.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False, dir=folder) as script:
        script.write("import keras\nfrom keras import layers\n" + build + _EPILOGUE)
    environment = {**os.environ, "KERAS_BACKEND": "jax", "TF_CPP_MIN_LOG_LEVEL": "3"}
    finished = subprocess.run(
        [sys.executable, script.name, str(folder)], capture_output=True, text=True, check=False, env=environment
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    inputs, outputs = (np.load(folder / name) for name in ("in.npz", "out.npz"))
    return folder / "model.keras", [inputs[key] for key in inputs], [outputs[key] for key in outputs]
