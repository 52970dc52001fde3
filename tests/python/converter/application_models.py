"""Keras applications with seeded random weights: logits and five inner layers for two images. Run as a script.

KERAS_BACKEND=numpy python application_models.py FOLDER NAME SIZE
"""

from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np

# Squeeze-and-excitation halves the signal in every block; a larger gain keeps the logits apart.
GAIN = {"EfficientNetB0": 2.5, "MobileNetV3Small": 3.0}


def randomise(model: keras.Model, gain: float) -> None:
    """He-scaled kernels, varied gamma, beta, mean, variance and biases: fresh models give constant outputs."""
    random = np.random.default_rng(3)
    for layer in model.layers:
        is_depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        for variable in layer.weights:
            leaf, shape = variable.path.split("/")[-1], tuple(variable.shape)
            if leaf in ("gamma", "moving_variance", "variance"):
                value = random.uniform(0.8, 1.2, shape)
            elif leaf in ("beta", "moving_mean", "mean", "bias"):
                value = random.normal(0, 0.1, shape)
            elif leaf.endswith("kernel"):
                fan_in = np.prod(shape[:2]) if is_depthwise else np.prod(shape[:-1])
                value = random.normal(0, np.sqrt(gain / fan_in), shape)
            else:
                continue
            variable.assign(value.astype("float32"))
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # what it computes with is derived from its variables


def main(folder: Path, name: str, size: int) -> None:
    """Write <name>.h5 and <name>.npz (x, and y0 the logits, y1..y5 inner layers)."""
    base = getattr(keras.applications, name)(
        weights=None, input_shape=(size, size, 3), classes=100, classifier_activation=None
    )
    candidates = [layer for layer in base.layers[1:-1] if not isinstance(layer, keras.layers.Dropout)]
    inner = [candidates[len(candidates) * (i + 1) // 6] for i in range(5)]
    model = keras.Model(base.inputs, [base.outputs[0], *(layer.output for layer in inner)], name=name.lower())
    randomise(model, GAIN.get(name, 2.0))
    random = np.random.default_rng(4)
    scale = 255.0 if name.startswith(("EfficientNet", "MobileNetV3")) else 1.0
    x = (random.uniform(0, 1, (2, size, size, 3)) ** np.array([1.0, 3.0]).reshape(2, 1, 1, 1) * scale).astype(
        np.float32
    )
    outputs = [keras.ops.convert_to_numpy(y) for y in model(x, training=False)]
    model.save(folder / f"{name}.h5")
    np.savez(folder / f"{name}.npz", x=x, **{f"y{i}": y for i, y in enumerate(outputs)})


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
