"""Float models with TensorFlow's ranges, and what TensorFlow makes of them; run by a Python that has TensorFlow.

Usage: parity_models.py FOLDER. Writes NAME.ranges.tflite, NAME.int8.tflite, ... for every model and prints a line of
JSON: {NAME: {FORM: error text or null}}.
"""

from __future__ import annotations

import json
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
from keras import layers, ops
from tensorflow.lite.python.convert import mlir_quantize
from tensorflow.lite.python.optimize.calibrator import Calibrator

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MODELS"]

MODELS: dict[str, Callable[[], keras.Model]] = {}
SAMPLES = 6
FORMS: dict[str, dict[str, Any]] = {
    "int8": {},
    "int8_edges": {"input_data_type": tf.int8, "output_data_type": tf.int8},
    "uint8_edges": {"input_data_type": tf.uint8, "output_data_type": tf.uint8},
    "int8_per_tensor": {"disable_per_channel": True},
}
WIDE_FORMS = {"int16x8": (tf.float32, True), "int16x8_edges": (tf.int16, True), "int16x8_only": (tf.float32, False)}


class Apply(layers.Layer):
    """A TensorFlow function as a layer."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def call(self, *tensors: Any) -> Any:
        return self.function(*tensors)


def feed(*shape: int, dtype: str = "float32") -> Any:
    return keras.Input(shape, batch_size=1, dtype=dtype)


def case(build: Callable[[], keras.Model]) -> Callable[[], keras.Model]:
    MODELS[build.__name__] = build
    return build


def argmax(x: Any) -> Any:
    return Apply(lambda v: tf.argmax(v, axis=-1, output_type=tf.int32))(x)


def less(x: Any, y: Any) -> Any:
    return Apply(lambda a, b: a < b)(x, y)


@case
def convolutions() -> keras.Model:
    x = feed(12, 12, 3)
    y = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(x)
    y = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(y)
    y = layers.ReLU(6.0)(layers.BatchNormalization()(y))
    y = layers.Conv2D(12, 1, use_bias=False)(y)
    y = layers.Conv2D(8, 3, groups=2, padding="same")(layers.AveragePooling2D(2)(y))
    y = layers.Conv2DTranspose(4, 3, strides=2, padding="same")(y)
    y = layers.Conv2D(4, 3, dilation_rate=2, padding="same")(y)
    return keras.Model(x, layers.Dense(5, activation="softmax")(layers.Flatten()(y)))


@case
def inverted_residual() -> keras.Model:
    x = feed(8, 8, 4)
    h = layers.ReLU(6.0)(layers.Conv2D(8, 1)(x))
    y = layers.ZeroPadding2D(((0, 1), (0, 1)))(layers.ReLU(6.0)(layers.Conv2D(16, 1)(h)))
    y = layers.Activation("hard_swish")(layers.DepthwiseConv2D(3, padding="same")(y))
    y = layers.Cropping2D(((0, 1), (0, 1)))(layers.Conv2D(8, 1)(y))
    z = layers.MaxPooling2D(2)(layers.Add()([h, y]))
    s = layers.Conv2D(4, 1, activation="relu")(layers.GlobalAveragePooling2D(keepdims=True)(z))
    z = layers.Multiply()([z, layers.Conv2D(8, 1, activation="hard_sigmoid")(s)])
    return keras.Model(x, layers.Dense(4)(layers.GlobalAveragePooling2D()(z)))


@case
def dense_blocks() -> keras.Model:
    x = feed(6, 6, 4)
    h = x
    for _ in range(3):
        y = layers.ReLU()(layers.BatchNormalization()(h))
        h = layers.Concatenate()([h, layers.Conv2D(4, 3, padding="same", use_bias=False)(y)])
    return keras.Model(x, layers.Dense(3)(layers.Flatten()(layers.AveragePooling2D(2)(h))))


@case
def concatenations() -> keras.Model:
    x, u = feed(6), feed(6)
    a, c = layers.Dense(4)(x), layers.Dense(4)(u)
    mixed = [layers.Activation("sigmoid")(a), layers.Activation("tanh")(c)]
    outputs = [
        layers.Concatenate()([layers.ReLU()(a), c, a]),
        layers.Concatenate()([a, layers.Softmax()(c)]),
        layers.Concatenate()(mixed),
        layers.Add()([a, c]),
        ops.concatenate([x, u]),
        ops.concatenate([a, a]),
    ]
    return keras.Model([x, u], outputs)


@case
def demands_that_differ() -> keras.Model:
    x, u, w = feed(6), feed(6), feed(6)
    a, b, c = layers.Dense(4)(x), layers.Dense(4)(u) * 3.0, layers.Dense(4)(u) * 10.0
    outputs = [
        ops.concatenate([a, b]),
        ops.concatenate([c, a]),
        a + b,
        a,
        ops.concatenate([x, layers.Dense(6)(x) * 9.0]),
        ops.concatenate([u * 20.0, x]),
        ops.minimum(w, u),
    ]
    return keras.Model([x, u, w], outputs)


@case
def extremes() -> keras.Model:
    x, u = feed(6), feed(6)
    a = layers.Dense(6)(x)
    c = np.linspace(-2, 3, 6, dtype=np.float32).reshape(1, 6)
    outputs = [ops.maximum(a, u), ops.minimum(layers.Activation("tanh")(a), layers.Dense(6)(u)), ops.maximum(a, c)]
    return keras.Model([x, u], outputs)


@case
def activations() -> keras.Model:
    x = feed(10)
    d = layers.Dense(8)(x)
    names = "sigmoid tanh hard_swish swish gelu elu leaky_relu relu6 relu log_softmax exponential".split()
    return keras.Model(x, [layers.Activation(name)(d) for name in names] + [layers.PReLU()(d)])


@case
def normalized_attention() -> keras.Model:
    x = feed(6, 8)
    y = layers.LayerNormalization()(x)
    q, k, v = layers.Dense(8)(y), layers.Dense(8)(y), layers.Dense(8)(y)
    p = ops.softmax(ops.matmul(q, ops.transpose(k, (0, 2, 1))) * 0.35)
    y = layers.Dense(8, use_bias=False)(ops.matmul(p, v))
    return keras.Model(x, layers.Add()([x, layers.Dense(8)(layers.Dense(16, activation="gelu")(y))]))


@case
def reductions_and_sizes() -> keras.Model:
    x = feed(6, 6, 4)
    y = layers.UpSampling2D(2, interpolation="bilinear")(x)
    outputs = [
        layers.UpSampling2D(2)(layers.Conv2D(4, 1)(y)),
        ops.mean(x, axis=(1, 2)),
        ops.sum(x, axis=(1, 2)),
        ops.max(x, axis=(1, 2)),
        ops.min(x, axis=3),
        ops.mean(layers.Dense(4)(x), axis=3, keepdims=True),
        Apply(lambda t: tf.nn.space_to_depth(t, 2))(x),
    ]
    return keras.Model(x, outputs)


@case
def arithmetic() -> keras.Model:
    x, u = feed(6), feed(6)
    outputs = [
        x + u,
        x - u,
        x * u,
        ops.divide(x, ops.abs(u) + 1.0),
        ops.exp(x),
        ops.log(ops.abs(x) + 1.0),
        ops.rsqrt(ops.abs(u) + 0.1),
        ops.square(x - u),
        ops.subtract(np.linspace(-2, 3, 6, dtype=np.float32).reshape(1, 6), x),
        x * 2.5,
        1.0 - x,
    ]
    return keras.Model([x, u], outputs)


@case
def layout() -> keras.Model:
    x = feed(4, 6)
    y = ops.reshape(ops.transpose(layers.Dense(6)(x), (0, 2, 1)), (1, 3, 8))
    a = y[:, 1:, 2:6]
    b, c = ops.split(a, 2, axis=2)
    z = ops.tile(ops.pad(y, ((0, 0), (1, 0), (0, 0))), (1, 2, 1))
    outputs = [
        ops.stack([b, c], axis=1),
        ops.tile(layers.Dense(3)(b), (1, 2, 1)),
        ops.expand_dims(c, 1),
        layers.Softmax()(z),
        ops.pad(y, ((0, 0), (1, 1), (0, 0)), constant_values=1.5),
        ops.pad(y, ((0, 0), (1, 1), (0, 0)), mode="reflect"),
        ops.take(y, np.array([0, 2, 1]), axis=1),
    ]
    return keras.Model(x, outputs)


@case
def choices() -> keras.Model:
    x, u = feed(6), feed(6)
    a = layers.Dense(6)(x)
    outputs = [
        ops.where(ops.greater(x, u), a, u),
        ops.cast(ops.less(a, u), "float32"),
        ops.where(ops.greater_equal(a, 0.5), x, 0.0),
        Apply(lambda t: tf.math.top_k(t, 2).values)(a),
    ]
    return keras.Model([x, u], outputs)


@case
def positions_of_an_output() -> keras.Model:
    x = feed(6)
    a = layers.Dense(5)(x)
    s = layers.Softmax()(a)
    return keras.Model(x, [a, argmax(a), s, argmax(s)])


@case
def readers_in_float() -> keras.Model:
    x, u = feed(6), feed(6)
    a, b = layers.Dense(5)(x), layers.Dense(5)(u)
    return keras.Model([x, u], [argmax(a), ops.sin(a), less(a, b), ops.cos(b)])


@case
def shared_readers_in_float() -> keras.Model:
    x = feed(6)
    a = layers.Dense(6)(x)
    c = ops.concatenate([a, x], axis=1)
    return keras.Model(x, [argmax(a), ops.sin(a), c, less(a, x), argmax(c)])


@case
def comparisons() -> keras.Model:
    x, u = feed(6), feed(6)
    unequal = Apply(tf.not_equal)(x, u)
    return keras.Model([x, u], [less(x, u), unequal, Apply(lambda a: a > 0.5)(layers.Dense(3)(x))])


@case
def float_islands() -> keras.Model:
    x = feed(6)
    a = layers.Dense(4)(x)
    b = ops.sin(a)
    d = layers.Dense(3)(ops.cos(b))
    return keras.Model(x, [d, ops.concatenate([a, b]), ops.reshape(ops.sin(d), (1, 3, 1)), layers.Dense(2)(b)])


@case
def shared_weights() -> keras.Model:
    x, u = feed(6, 6, 3), feed(6, 6, 3)
    convolution, dense = layers.Conv2D(3, 3, padding="same"), layers.Dense(4)
    y, z = convolution(x), convolution(u)
    return keras.Model([x, u], [dense(layers.Flatten()(y)), dense(layers.Flatten()(z)), convolution(y)])


@case
def shared_bias() -> keras.Model:
    x, u = feed(6), feed(6)
    random = np.random.default_rng(1)
    bias, kernel = np.linspace(-1, 1, 4, dtype=np.float32), random.normal(size=(6, 4)).astype(np.float32)
    outputs = [ops.matmul(x, kernel) + bias, ops.matmul(u, kernel[::-1].copy()) + bias, layers.Dense(4)(x) * bias]
    return keras.Model([x, u], outputs)


@case
def great_biases() -> keras.Model:
    x = feed(6)
    model = keras.Model(x, layers.Dense(8)(x))
    kernel, bias = model.get_weights()
    kernel[:, 2:6] *= 1e-4
    kernel[:, 5] = 2e-9
    kernel[:, 6] = 0
    bias[:] = [1e3, -5e4, 1e6, 3, -2, 1e-9, 0, 1e5]
    model.set_weights([kernel, bias])
    return model


@case
def tiny_ranges() -> keras.Model:
    x = feed(6)
    return keras.Model(x, [x * 1e-9, ops.relu(x) * -1.0, ops.maximum(x, -1e3)])


@case
def table() -> keras.Model:
    x = feed(5, dtype="int32")
    return keras.Model(x, layers.Dense(3)(layers.Flatten()(layers.Embedding(20, 8)(x))))


@case
def recurrent() -> keras.Model:
    x = feed(4, 3)
    return keras.Model(x, layers.Dense(2)(layers.GRU(5, unroll=True)(x)))


@case
def branches() -> keras.Model:
    x = feed(4)
    y = Apply(lambda t: tf.cond(tf.reduce_sum(t) > 0, lambda: tf.sin(t) * 2.0, lambda: t + 1.0))(layers.Dense(4)(x))
    return keras.Model(x, layers.Dense(3)(y))


@case
def any_batch() -> keras.Model:
    x = keras.Input((8, 8, 3))
    return keras.Model(x, layers.Dense(3)(layers.Flatten()(layers.Conv2D(4, 3, activation="relu")(x))))


@case
def mobilenet_v2() -> keras.Model:
    return keras.applications.MobileNetV2(
        (64, 64, 3), alpha=0.35, weights=None, classes=10, input_tensor=feed(64, 64, 3)
    )


def randomize(model: keras.Model) -> None:
    """Weights far from their initial zeros and ones, so that a wrong channel shows."""
    random = np.random.default_rng(7)
    for weight in model.weights:
        values = random.normal(0, 0.3, weight.shape).astype(np.float32)
        if "variance" in weight.path:
            values = np.abs(values) + 0.5
        weight.assign(values + ("gamma" in weight.path))


def samples_for(blob: bytes) -> list[list[Any]]:
    """Normal values, or small integers, in the file's order of inputs."""
    random = np.random.default_rng(11)

    def sample(detail: dict[str, Any]) -> Any:
        if detail["dtype"] == np.int32:
            return random.integers(0, 20, detail["shape"]).astype(np.int32)
        return random.normal(0.1, 1.3, detail["shape"]).astype(np.float32)

    details = tf.lite.Interpreter(model_content=blob).get_input_details()
    return [[sample(detail) for detail in details] for _ in range(SAMPLES)]


def convert(name: str, folder: Path) -> dict[str, str | None]:
    keras.utils.set_random_seed(5)
    model = MODELS[name]()
    if name != "great_biases":
        randomize(model)
    blob = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    samples = samples_for(blob)
    ranges = Calibrator(blob).calibrate(lambda: iter(samples))
    folder.joinpath(f"{name}.ranges.tflite").write_bytes(ranges)
    makers = {form: lambda kw=kw: mlir_quantize(ranges, **kw) for form, kw in FORMS.items()}
    for form, (edge, allow_float) in WIDE_FORMS.items():
        makers[form] = lambda edge=edge, allow_float=allow_float: Calibrator(blob).calibrate_and_quantize(
            lambda: iter(samples), edge, edge, allow_float, tf.int16, tf.int64
        )
    errors: dict[str, str | None] = {}
    for form, make in makers.items():
        try:
            folder.joinpath(f"{name}.{form}.tflite").write_bytes(make())
            errors[form] = None
        except (RuntimeError, ValueError) as error:
            errors[form] = str(error)
    return errors


if __name__ == "__main__":
    target = Path(sys.argv[1])
    print(json.dumps({name: convert(name, target) for name in MODELS}))
