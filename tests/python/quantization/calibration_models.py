"""Writes with TensorFlow a float model, the same calibrated and quantized, and the samples.

Usage: calibration_models.py FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

__all__: list[str] = []


def branches() -> Any:
    """A function of two inputs whose results pass every case of memory that an operator may share."""
    import tensorflow as tf

    random = np.random.default_rng(0)
    weights = iter(random.normal(size=(40, 1, 1, 4, 4)).astype(np.float32))

    def conv(x: Any) -> Any:
        return tf.nn.conv2d(x, next(weights), 1, "SAME")

    def pool(x: Any) -> Any:
        return tf.nn.avg_pool2d(x, 2, 2, "VALID")

    def mean(x: Any) -> Any:
        return tf.reduce_mean(x, [1, 2], keepdims=True)

    def function(x: Any, below: Any) -> Any:
        shared = conv(x)
        return [
            pool(conv(x) + conv(x)),
            pool(conv(x) - conv(below)),
            pool(conv(x) * conv(x)),
            pool(conv(x) / (tf.abs(conv(x)) + 1)),
            pool(tf.maximum(conv(x), conv(x))),
            pool(mean(conv(x)) + conv(x)),
            pool(conv(x) - mean(conv(x))),
            pool(shared + conv(x)) + pool(shared),
            pool(tf.maximum(conv(x), -3) + np.float32([1, 2, 3, 4])),
            pool(x * conv(x)),
            conv(x) + conv(x),
            pool(tf.nn.softmax(tf.minimum(conv(x), -1))),
            pool(tf.tanh(conv(below))),
            pool(tf.nn.relu6(conv(x))),
            tf.reshape(tf.reshape(conv(x), (1, 64, 4)) + np.ones((1, 64, 4), np.float32), (1, 8, 32)),
        ]

    spec = tf.TensorSpec((1, 8, 8, 4), tf.float32)
    return tf.function(function, input_signature=[spec, spec])


def main(folder: Path) -> None:
    """Write the files."""
    import tensorflow as tf

    random = np.random.default_rng(1)
    x = random.normal(size=(6, 1, 8, 8, 4)).astype(np.float32)
    below = -1 - np.abs(random.normal(size=x.shape)).astype(np.float32)
    np.savez(folder / "samples.npz", x=x, below=below)
    function = branches().get_concrete_function()

    def samples() -> Iterator[list[Any]]:
        for one, other in zip(x, below, strict=True):
            yield [one, other]

    def convert(**attributes: Any) -> bytes:
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
        for name, value in attributes.items():
            setattr(converter, name, value)
        blob: bytes = converter.convert()
        return blob

    (folder / "float.tflite").write_bytes(convert())
    wanted: dict[str, Any] = {"optimizations": [tf.lite.Optimize.DEFAULT], "representative_dataset": samples}
    (folder / "calibrated.tflite").write_bytes(convert(**wanted, _experimental_calibrate_only=True))
    (folder / "int8.tflite").write_bytes(convert(**wanted))
    sets = [
        tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
        tf.lite.OpsSet.TFLITE_BUILTINS,
    ]
    wanted["target_spec"] = tf.lite.TargetSpec(supported_ops=sets)
    (folder / "int16x8.tflite").write_bytes(convert(**wanted))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
