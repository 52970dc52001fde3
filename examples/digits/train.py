"""Train the demo's model on scikit-learn's digits and store it with ten test images.

Needs keras (any backend with ``fit``: jax, torch, tensorflow) and scikit-learn. Run it in this folder:

    KERAS_BACKEND=jax python train.py
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

HERE = Path(__file__).parent


def build() -> keras.Model:
    """A CNN of about 7,000 parameters for 8x8 grey images in 0..1."""
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((8, 8, 1), name="image"),
            layers.Conv2D(16, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits_cnn",
    )


def main() -> None:
    """Train, report the accuracy on images that were held out, store model and samples."""
    keras.utils.set_random_seed(1)
    digits = load_digits()
    images = (digits.images / 16.0).astype(np.float32)[..., None]
    x_train, x_test, y_train, y_test = train_test_split(images, digits.target, test_size=0.25, random_state=1)
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=25, batch_size=32, verbose=0)
    accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
    print(f"accuracy on {len(x_test)} held-out images: {accuracy:.3f}")
    keras.Model(model.inputs, model.outputs, name="digits_cnn").save(HERE / "digits_cnn.keras")
    chosen = [int(np.flatnonzero(y_test == digit)[0]) for digit in range(10)]
    np.savez_compressed(HERE / "ten_digits.npz", images=x_test[chosen], labels=y_test[chosen])


if __name__ == "__main__":
    main()
