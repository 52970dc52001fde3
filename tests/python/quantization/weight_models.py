"""Write small TensorFlow models into a folder, as float and with quantized weights; run in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

# The attributes of the converter that make each kind of file.
MODES: dict[str, dict[str, Any]] = {
    "float": {},
    "float16": {"optimizations": [tf.lite.Optimize.DEFAULT]},
    "dynamic_range": {"optimizations": [tf.lite.Optimize.DEFAULT]},
    "dynamic_range_per_tensor": {
        "optimizations": [tf.lite.Optimize.DEFAULT],
        "_experimental_disable_per_channel": True,
    },
    "dynamic_range_dense_per_tensor": {
        "optimizations": [tf.lite.Optimize.DEFAULT],
        "_experimental_disable_per_channel_quantization_for_dense_layers": True,
    },
}

_random = np.random.default_rng(1)


def _normal(*shape: int) -> Any:
    return tf.constant(_random.normal(0, 0.3, shape).astype(np.float32))


def _halves() -> Any:
    """Rows of halves of their scale, where the order of roundings decides."""
    greatest = _random.uniform(1e-3, 2, (64, 1)).astype(np.float32)
    scale = greatest / np.float32(127)
    rows = (_random.integers(-126, 126, (64, 300)) + np.float32(0.5)).astype(np.float32) * scale
    rows[:, :1] = greatest
    return tf.constant(rows.T)


def _zero_rows() -> Any:
    rows = _random.normal(size=(4, 1024)).astype(np.float32)
    rows[0], rows[1] = 0, 1e-9
    return tf.constant(rows.T)


def _input(*shape: int, dtype: Any = tf.float32) -> Any:
    return tf.TensorSpec(shape, dtype)


_TABLE, _TIED = _normal(64, 16), _normal(64, 32)
_HALVES, _ZERO_ROWS = _halves(), _zero_rows()
_IDS = _input(1, 3, dtype=tf.int32)

MODELS: dict[str, tuple[Any, list[Any]]] = {
    "gather": (lambda ids: tf.gather(_TABLE, ids), [_IDS]),
    "gather_and_more": (lambda ids: tf.nn.relu(tf.gather(_TABLE, ids)) + 1.0, [_IDS]),
    "gather_columns": (lambda ids: tf.gather(_TABLE, ids, axis=1), [_input(3, dtype=tf.int32)]),
    "gather_nd": (lambda ids: tf.gather_nd(_TABLE, ids), [_input(3, 1, dtype=tf.int32)]),
    "tied": (lambda i, x: (tf.gather(_TIED, i), tf.matmul(x, _TIED, transpose_b=True)), [_IDS, _input(1, 32)]),
    "two_dense": (lambda x: tf.matmul(tf.matmul(x, _TIED, transpose_b=True), _TIED), [_input(1, 32)]),
    "constant_first": (lambda x: tf.matmul(_TIED, x), [_input(32, 8)]),
    "batches": (lambda x: tf.matmul(x, _normal(2, 16, 40)), [_input(2, 3, 16)]),
    "transposed": (lambda x: tf.nn.conv2d_transpose(x, _normal(3, 3, 16, 8), [1, 8, 8, 16], 2), [_input(1, 4, 4, 8)]),
    "depthwise": (
        lambda x: tf.nn.depthwise_conv2d(x, _normal(3, 3, 128, 1), [1, 1, 1, 1], "SAME") + _normal(128),
        [_input(1, 6, 6, 128)],
    ),
    "grouped": (lambda x: tf.nn.conv2d(x, _normal(3, 3, 8, 32), 1, "SAME"), [_input(1, 6, 6, 16)]),
    "volumes": (lambda x: tf.nn.conv3d(x, _normal(3, 3, 3, 4, 16), [1] * 5, "SAME"), [_input(1, 4, 4, 4, 4)]),
    "add_and_mul": (lambda x: (x + _normal(2048)) * _normal(2048), [_input(1, 2048)]),
    "halves": (lambda x: tf.matmul(x, _HALVES), [_input(1, 300)]),
    "zero_rows": (lambda x: tf.matmul(x, _ZERO_ROWS), [_input(1, 1024)]),
}


def main(folder: Path) -> None:
    """Write <name>.<mode>.tflite for every model and mode."""
    for name, (function, inputs) in MODELS.items():
        module = tf.Module()
        module.function = tf.function(function, input_signature=inputs)
        concrete = module.function.get_concrete_function()
        for mode, attributes in MODES.items():
            converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], module)
            for attribute, value in attributes.items():
                setattr(converter, attribute, value)
            if mode == "float16":
                converter.target_spec.supported_types = [tf.float16]
            (folder / f"{name}.{mode}.tflite").write_bytes(converter.convert())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
