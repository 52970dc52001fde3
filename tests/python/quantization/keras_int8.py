"""What TensorFlow makes of Keras files; run by a Python that has TensorFlow and tf_keras.

Usage: keras_int8.py FOLDER NAME KERAS_FILE SAMPLES.npy ... writes FOLDER/NAME.int8.tflite, with float32 edges.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np
import tensorflow as tf

__all__ = ["main"]


def main(folder: Path, *models: str) -> None:
    """Write the files."""
    for name, keras_file, samples_file in zip(models[::3], models[1::3], models[2::3], strict=True):
        model = tf.keras.models.load_model(keras_file, compile=False)
        samples = np.load(samples_file)
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda samples=samples: ([sample[None]] for sample in samples)
        (folder / f"{name}.int8.tflite").write_bytes(converter.convert())


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
