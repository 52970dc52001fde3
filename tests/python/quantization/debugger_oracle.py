"""Writes a small Keras model, its samples, and what TensorFlow's debugger says of it, as CSV.

Usage: debugger_oracle.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

__all__: list[str] = []


def main(folder: Path) -> None:
    """Write the files: three models of options, named after them."""
    layers = tf.keras.layers
    tf.keras.utils.set_random_seed(20261121)
    model = tf.keras.Sequential(
        [
            tf.keras.Input((8, 8, 3), batch_size=1),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.MaxPool2D(2, name="pool"),
            layers.DepthwiseConv2D(2, name="depthwise"),
            layers.Flatten(name="flat"),
            layers.Dense(10, name="dense"),
            layers.Softmax(name="probabilities"),
        ]
    )
    data = np.random.default_rng(0).normal(size=(64, 1, 8, 8, 3)).astype(np.float32)
    model.save(folder / "model.keras")
    np.save(folder / "samples.npy", data[:, 0])

    def samples() -> list[list[np.ndarray]]:
        return [[one] for one in data]

    experimental = tf.lite.experimental
    for name, options in {
        "plain": {"layer_debug_metrics": {"worst": lambda differences: np.max(np.abs(differences))}},
        "fully": {"fully_quantize": True},
        "without_conv": {"denylisted_ops": ["CONV_2D"]},
    }.items():
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = samples
        debugger = experimental.QuantizationDebugger(
            converter=converter,
            debug_dataset=samples,
            debug_options=experimental.QuantizationDebugOptions(**options),
        )
        debugger.run()
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            debugger.layer_statistics_dump(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
