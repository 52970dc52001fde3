"""A tower of bounded layers, healthy and with one kernel scaled tenfold. Run as a script: writes both files.

KERAS_BACKEND=numpy python report_models.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import keras

DAMAGED = "dense_3"


def tower(factor: float) -> keras.Model:
    """Six layers; the kernel of the fourth is scaled."""
    keras.utils.set_random_seed(20261121)
    layers = [keras.layers.Dense(24, activation="tanh", name=f"dense_{i}") for i in range(6)]
    model = keras.Sequential([keras.Input((16,)), *layers], name="tower")
    kernel, bias = model.get_layer(DAMAGED).get_weights()
    model.get_layer(DAMAGED).set_weights([kernel * factor, bias])
    return model


if __name__ == "__main__":
    tower(1).save(Path(sys.argv[1]) / "healthy.keras")
    tower(10).save(Path(sys.argv[1]) / "planted.keras")
