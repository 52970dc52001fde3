"""Keras applications with seeded random weights, written once as .h5 files by a child process that has Keras."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ["h5_file"]

_SCRIPT = """
import sys
import numpy as np
import keras

name, size, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
model = getattr(keras.applications, name)(weights=None, input_shape=(size, size, 3))
random = np.random.default_rng(0)
for layer in model.layers:
    values = []
    for variable in layer.weights:
        shape, leaf = tuple(variable.shape), variable.path.split("/")[-1]
        if leaf in ("gamma", "moving_variance"):
            value = random.uniform(0.5, 1.5, shape)
        elif leaf in ("beta", "moving_mean", "bias"):
            value = random.normal(0, 0.1, shape)
        else:
            fan_in = np.prod(shape[:-1]) if "depthwise" not in variable.path else np.prod(shape[:2])
            value = random.normal(0, np.sqrt(2 / fan_in), shape)
        values.append(value.astype(np.float32))
    layer.set_weights(values)
model.save(path)
"""


def h5_file(folder: Path, name: str, size: int = 224) -> Path:
    """The path of ``<name>_<size>.h5`` in the folder; made when it is not there yet."""
    path = folder / f"{name}_{size}.h5"
    if not path.exists():
        subprocess.run([sys.executable, "-c", _SCRIPT, name, str(size), str(path)], check=True, capture_output=True)
    return path
