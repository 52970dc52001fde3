"""Models with zeros among their weights, and what TensorFlow makes of them; run by a Python that has TensorFlow.

Usage: sparse_models.py FOLDER. Writes NAME.ranges.tflite, the float model with TensorFlow's ranges, and
NAME.FORM.tflite.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
from keras import layers

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["main"]

_SPARSE = [tf.lite.Optimize.EXPERIMENTAL_SPARSITY]
_BOTH = [*_SPARSE, tf.lite.Optimize.DEFAULT]
FORMS: dict[str, dict[str, Any]] = {
    "float32": {"optimizations": _SPARSE},
    "float16": {"optimizations": _BOTH, "types": [tf.float16]},
    "dynamic_range": {"optimizations": _BOTH},
    "int8": {"optimizations": _BOTH, "calibrated": True},
    "bfloat16": {"optimizations": _BOTH[1:], "types": [tf.bfloat16]},
    "halves": {"optimizations": _BOTH[1:], "types": [tf.float16], "sums": tf.float16},
    "both_halves": {"optimizations": _BOTH[1:], "types": [tf.float16, tf.bfloat16], "sums": tf.float32},
}

_random = np.random.default_rng(7)


def zeroed(shape: tuple[int, ...], part: float, block: int = 1, axis: int = -1) -> np.ndarray:
    """Normal numbers, a part of which is zero, in runs along an axis."""
    values = np.moveaxis(_random.normal(size=shape), axis, -1).astype(np.float32)
    runs = values.reshape(-1, block).copy()
    runs[_random.permutation(len(runs))[: round(len(runs) * part)]] = 0
    return np.moveaxis(runs.reshape(values.shape), -1, axis).copy()


def _model(shape: tuple[int, ...], layer: layers.Layer, kernel: np.ndarray) -> keras.Model:
    model = keras.Sequential([keras.Input(shape, batch_size=1), layer])
    layer.set_weights([kernel, _random.normal(size=layer.get_weights()[1].shape)])
    return model


def _dense(part: float, block: int = 1, outputs: int = 48) -> keras.Model:
    return _model((64,), layers.Dense(outputs), zeroed((64, outputs), part, block, 0))


def _models() -> dict[str, keras.Model]:
    picture = (6, 6, 16)
    return {
        **{f"dense_{part}": _dense(part) for part in (0.2, 0.5, 0.7, 0.9)},
        **{f"dense_{part}_by_4": _dense(part, 4) for part in (0.5, 0.9)},
        **{f"dense_{part}_by_16": _dense(part, 16) for part in (0.5, 0.9)},
        "dense_of_more_rows": _dense(0.7, outputs=300),
        "conv": _model(picture, layers.Conv2D(16, 3), zeroed((3, 3, 16, 16), 0.8)),
        "conv_by_16": _model(picture, layers.Conv2D(16, 3), zeroed((3, 3, 16, 16), 0.8, 16, 2)),
        "depthwise": _model(picture, layers.DepthwiseConv2D(3), zeroed((3, 3, 16, 1), 0.7)),
        "transposed": _model(picture, layers.Conv2DTranspose(16, 3), zeroed((3, 3, 16, 16), 0.7)),
    }


def _converted(model: keras.Model, form: dict[str, Any], *, calibrate_only: bool = False) -> bytes:
    def samples() -> Iterator[list[np.ndarray]]:
        random = np.random.default_rng(3)
        for _ in range(4):
            yield [random.normal(size=model.input_shape).astype(np.float32)]

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = form["optimizations"]
    converter.target_spec.supported_types = form.get("types", [])
    converter.target_spec._experimental_supported_accumulation_type = form.get("sums")
    if form.get("calibrated"):
        converter.representative_dataset = samples
    converter._experimental_calibrate_only = calibrate_only
    return bytes(converter.convert())


def main(folder: Path) -> None:
    """Write the files of every model."""
    ranges = {"optimizations": [tf.lite.Optimize.DEFAULT], "calibrated": True}
    for name, model in _models().items():
        (folder / f"{name}.ranges.tflite").write_bytes(_converted(model, ranges, calibrate_only=True))
        for form, options in FORMS.items():
            (folder / f"{name}.{form}.tflite").write_bytes(_converted(model, options))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
