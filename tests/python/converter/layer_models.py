"""Small Keras models, one per layer and setting. Run as a script: builds all, saves files and reference outputs.

KERAS_BACKEND=numpy python layer_models.py FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers as L

IMAGE = (9, 8, 4)
SEQUENCE = (11, 6)
VECTOR = (10,)


def one(layer: Any, shape: tuple[int | None, ...] = IMAGE, batch: int | None = None) -> keras.Model:
    """A model of one layer."""
    x = keras.Input(shape, batch, name="x")
    return keras.Model(x, layer(x))


def chain(*stack: Any, shape: tuple[int | None, ...] = IMAGE) -> keras.Model:
    """A Sequential of layers."""
    return keras.Sequential([keras.Input(shape, name="x"), *stack])


def merge(layer: Any, *shapes: tuple[int, ...]) -> keras.Model:
    """A model that merges one input per shape."""
    inputs = [keras.Input(shape, name=f"x{i}") for i, shape in enumerate(shapes)]
    return keras.Model(inputs, layer(inputs))


def residual() -> keras.Model:
    """Branches, a residual sum, batch normalization, activations."""
    x = keras.Input((12, 12, 3), name="x")
    a = L.BatchNormalization()(L.Conv2D(8, 3, padding="same", use_bias=False)(x))
    a = L.ReLU()(a)
    b = L.Conv2D(8, 1)(x)
    y = L.Add()([a, b])
    y = L.GlobalAveragePooling2D()(L.Activation("relu6")(y))
    return keras.Model(x, L.Dense(5, activation="softmax")(y))


def shared_and_nested() -> keras.Model:
    """A nested model and a layer that are both used twice."""
    inner = keras.Sequential([keras.Input((10,)), L.Dense(7, activation="tanh"), L.Dense(4)], name="inner")
    first, second = keras.Input((10,), name="first"), keras.Input((10,), name="second")
    dense = L.Dense(3, name="shared")
    return keras.Model(
        [first, second], [dense(inner(first)), L.Concatenate()([dense(inner(second)), second])], name="twins"
    )


def dictionaries() -> keras.Model:
    """Dicts as inputs and outputs."""
    inputs = {"zeta": keras.Input((4,), name="zeta"), "alpha": keras.Input((4,), name="alpha")}
    total = L.Add()([inputs["zeta"], inputs["alpha"]])
    return keras.Model(inputs, {"total": L.Dense(2)(total), "first": L.ReLU()(inputs["zeta"])})


def channels_first() -> keras.Model:
    """An NCHW network down to Flatten, which keeps NCHW order."""
    keras.backend.set_image_data_format("channels_first")
    try:
        return chain(
            L.Conv2D(6, 3, padding="same"),
            L.BatchNormalization(axis=1),
            L.ReLU(),
            L.DepthwiseConv2D(3),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dense(3),
            shape=(4, 10, 9),
        )
    finally:
        keras.backend.set_image_data_format("channels_last")


ACTIVATIONS = (
    "relu relu6 leaky_relu elu selu celu softplus softsign silu hard_silu gelu tanh sigmoid hard_sigmoid exponential "
    "linear mish softmax log_softmax log_sigmoid squareplus soft_shrink hard_shrink tanh_shrink hard_tanh sparse_plus "
    "sparse_sigmoid glu"
).split()

MODELS: dict[str, Callable[[], keras.Model]] = {
    "dense": lambda: one(L.Dense(7), VECTOR),
    "dense_relu": lambda: one(L.Dense(7, activation="relu"), VECTOR),
    "dense_no_bias": lambda: one(L.Dense(7, use_bias=False), VECTOR),
    "dense_rank3": lambda: one(L.Dense(5), SEQUENCE),
    "dense_rank4": lambda: one(L.Dense(5, activation="relu")),
    "dense_open_length": lambda: one(L.Dense(5), (None, 6)),
    "conv1d": lambda: one(L.Conv1D(5, 3), SEQUENCE),
    "conv1d_same_relu": lambda: one(L.Conv1D(5, 4, strides=2, padding="same", activation="relu"), SEQUENCE),
    "conv1d_causal": lambda: one(L.Conv1D(5, 3, padding="causal"), SEQUENCE),
    "conv1d_causal_dilated": lambda: one(L.Conv1D(5, 3, padding="causal", dilation_rate=2), SEQUENCE),
    "conv1d_dilated_same": lambda: one(L.Conv1D(5, 3, padding="same", dilation_rate=3), SEQUENCE),
    "conv1d_groups": lambda: one(L.Conv1D(6, 3, groups=3), SEQUENCE),
    "conv1d_open_length": lambda: one(L.Conv1D(5, 3, padding="same"), (None, 6)),
    "conv2d": lambda: one(L.Conv2D(5, 3)),
    "conv2d_same_s2": lambda: one(L.Conv2D(5, (3, 2), strides=(2, 1), padding="same")),
    "conv2d_dilated": lambda: one(L.Conv2D(5, 3, dilation_rate=(2, 1), padding="same")),
    "conv2d_groups": lambda: one(L.Conv2D(8, 3, groups=2)),
    "conv2d_relu6": lambda: one(L.Conv2D(5, 3, activation="relu6")),
    "depthwise": lambda: one(L.DepthwiseConv2D(3, padding="same")),
    "depthwise_m2_s2": lambda: one(L.DepthwiseConv2D(3, strides=2, depth_multiplier=2, activation="relu")),
    "depthwise_dilated": lambda: one(L.DepthwiseConv2D(3, dilation_rate=2)),
    "depthwise1d": lambda: one(L.DepthwiseConv1D(3, padding="same"), SEQUENCE),
    "separable": lambda: one(L.SeparableConv2D(6, 3, padding="same", depth_multiplier=2)),
    "separable1d": lambda: one(L.SeparableConv1D(6, 3, activation="relu"), SEQUENCE),
    "transpose_same_s2": lambda: one(L.Conv2DTranspose(5, 3, strides=2, padding="same")),
    "transpose_valid": lambda: one(L.Conv2DTranspose(5, (3, 2), strides=(2, 3), activation="relu")),
    "transpose_output_padding": lambda: one(L.Conv2DTranspose(5, 3, strides=2, padding="same", output_padding=1)),
    "transpose_narrow": lambda: one(L.Conv2DTranspose(5, 1, strides=2)),
    "transpose1d": lambda: one(L.Conv1DTranspose(5, 3, strides=2, padding="same"), SEQUENCE),
    "batchnorm": lambda: one(L.BatchNormalization()),
    "batchnorm_vector": lambda: one(L.BatchNormalization(scale=False), VECTOR),
    "batchnorm_axis1": lambda: one(L.BatchNormalization(axis=1)),
    "conv_bn_relu": lambda: chain(L.Conv2D(5, 3, use_bias=False), L.BatchNormalization(), L.ReLU()),
    "bn_conv_same": lambda: chain(L.BatchNormalization(), L.Conv2D(5, 3, padding="same")),
    "depthwise_bn": lambda: chain(L.DepthwiseConv2D(3, depth_multiplier=2), L.BatchNormalization()),
    "transpose_bn": lambda: chain(L.Conv2DTranspose(5, 3, strides=2), L.BatchNormalization()),
    "dense_relu_bn_dense": lambda: chain(
        L.Dense(6, activation="relu"), L.BatchNormalization(), L.Dense(3), shape=VECTOR
    ),
    "layernorm": lambda: one(L.LayerNormalization(), SEQUENCE),
    "layernorm_axes": lambda: one(L.LayerNormalization(axis=(1, 2), epsilon=1e-2), SEQUENCE),
    "rescaling": lambda: one(L.Rescaling(1 / 127.5, offset=-1)),
    "normalization": lambda: one(L.Normalization(mean=[0.1, 0.2, 0.3, 0.4], variance=[1.0, 2.0, 0.5, 0.1])),
    "normalization_invert": lambda: one(L.Normalization(mean=0.3, variance=2.0, invert=True)),
    "relu_max_slope_threshold": lambda: one(L.ReLU(max_value=0.7, negative_slope=0.1, threshold=0.2)),
    "relu_max1": lambda: one(L.ReLU(max_value=1.0)),
    "relu_slope": lambda: one(L.ReLU(negative_slope=0.1)),
    "leaky_relu": lambda: one(L.LeakyReLU(negative_slope=0.2)),
    "prelu": lambda: one(L.PReLU(alpha_initializer="glorot_normal")),
    "prelu_shared": lambda: one(L.PReLU(alpha_initializer="glorot_normal", shared_axes=[1, 2])),
    "elu_alpha": lambda: one(L.ELU(alpha=0.5)),
    "softmax_axis1": lambda: one(L.Softmax(axis=1), SEQUENCE),
    # LiteRT's states have the batch that the file says.
    "lstm": lambda: one(L.LSTM(5), SEQUENCE, batch=3),
    "lstm_sequence": lambda: one(L.LSTM(5, return_sequences=True), SEQUENCE, batch=3),
    "lstm_open_length": lambda: one(L.LSTM(5, use_bias=False), (None, 6), batch=3),
    "lstm_backwards": lambda: one(L.LSTM(5, return_sequences=True, go_backwards=True), SEQUENCE, batch=3),
    "lstm_unrolled": lambda: one(L.LSTM(5, unroll=True, dropout=0.3, recurrent_dropout=0.2), SEQUENCE, batch=3),
    "both_lstm": lambda: one(L.Bidirectional(L.LSTM(5)), SEQUENCE, batch=3),
    "both_lstm_sequence": lambda: one(L.Bidirectional(L.LSTM(5, return_sequences=True)), SEQUENCE, batch=3),
    "both_lstm_sum": lambda: one(L.Bidirectional(L.LSTM(5), merge_mode="sum"), SEQUENCE, batch=3),
    "both_lstm_ave": lambda: one(L.Bidirectional(L.LSTM(5), merge_mode="ave"), SEQUENCE, batch=3),
    "both_lstm_mul": lambda: one(L.Bidirectional(L.LSTM(5), merge_mode="mul"), SEQUENCE, batch=3),
    "both_lstm_apart": lambda: one(L.Bidirectional(L.LSTM(5), merge_mode=None), SEQUENCE, batch=3),
    "both_lstm_different": lambda: one(
        L.Bidirectional(L.LSTM(5), backward_layer=L.LSTM(4, go_backwards=True)), SEQUENCE, batch=3
    ),
    "maxpool": lambda: one(L.MaxPooling2D()),
    "maxpool_same_s1": lambda: one(L.MaxPooling2D(3, strides=1, padding="same")),
    "avgpool_same": lambda: one(L.AveragePooling2D(3, strides=2, padding="same")),
    "maxpool1d": lambda: one(L.MaxPooling1D(3, strides=2), SEQUENCE),
    "avgpool1d_same": lambda: one(L.AveragePooling1D(3, strides=2, padding="same"), SEQUENCE),
    "gap2d": lambda: one(L.GlobalAveragePooling2D()),
    "gap2d_keepdims": lambda: one(L.GlobalAveragePooling2D(keepdims=True)),
    "gmp2d": lambda: one(L.GlobalMaxPooling2D()),
    "gap1d": lambda: one(L.GlobalAveragePooling1D(), SEQUENCE),
    "gmp1d_keepdims": lambda: one(L.GlobalMaxPooling1D(keepdims=True), SEQUENCE),
    "flatten": lambda: one(L.Flatten()),
    "reshape": lambda: one(L.Reshape((8, -1))),
    "permute": lambda: one(L.Permute((3, 1, 2))),
    "repeat_vector": lambda: one(L.RepeatVector(3), VECTOR),
    "zeropad1d": lambda: one(L.ZeroPadding1D((1, 3)), SEQUENCE),
    "zeropad2d": lambda: one(L.ZeroPadding2D(((1, 2), (0, 3)))),
    "zeropad_conv_valid": lambda: chain(L.ZeroPadding2D(1), L.Conv2D(5, 3)),
    "zeropad_conv_s2": lambda: chain(L.ZeroPadding2D(((0, 1), (0, 1))), L.DepthwiseConv2D(3, strides=2)),
    "crop1d": lambda: one(L.Cropping1D((2, 3)), SEQUENCE),
    "crop2d": lambda: one(L.Cropping2D(((1, 2), (0, 3)))),
    "upsample1d": lambda: one(L.UpSampling1D(3), SEQUENCE),
    "upsample2d": lambda: one(L.UpSampling2D((2, 3))),
    "upsample2d_bilinear": lambda: one(L.UpSampling2D(2, interpolation="bilinear")),
    "add": lambda: merge(L.Add(), VECTOR, VECTOR),
    "add3": lambda: merge(L.Add(), VECTOR, VECTOR, VECTOR),
    "subtract": lambda: merge(L.Subtract(), IMAGE, IMAGE),
    "multiply_broadcast": lambda: merge(L.Multiply(), IMAGE, (1, 1, 4)),
    "average3": lambda: merge(L.Average(), VECTOR, VECTOR, VECTOR),
    "maximum": lambda: merge(L.Maximum(), IMAGE, IMAGE),
    "minimum": lambda: merge(L.Minimum(), IMAGE, IMAGE),
    "concatenate": lambda: merge(L.Concatenate(), (5, 4), (5, 3)),
    "concatenate_axis1": lambda: merge(L.Concatenate(axis=1), (5, 4), (2, 4)),
    "dot": lambda: merge(L.Dot(axes=1), VECTOR, VECTOR),
    "dot_rank3": lambda: merge(L.Dot(axes=2), (5, 4), (3, 4)),
    "dot_normalize": lambda: merge(L.Dot(axes=1, normalize=True), VECTOR, VECTOR),
    "embedding": lambda: one(L.Embedding(50, 6), (7,)),
    "dropout_and_noise": lambda: chain(
        L.Dropout(0.5), L.SpatialDropout2D(0.3), L.GaussianNoise(0.1), L.GaussianDropout(0.2), L.Conv2D(3, 1)
    ),
    "residual": residual,
    "shared_and_nested": shared_and_nested,
    "dictionaries": dictionaries,
    "channels_first": channels_first,
    **{f"act_{name}": (lambda name=name: one(L.Activation(name), (5, 6))) for name in ACTIVATIONS},
}


def set_weights(model: keras.Model, random: np.random.Generator) -> None:
    """Weights of a size that keeps values near 1, variances positive."""
    for variable in model.weights:
        leaf, shape = variable.path.split("/")[-1], tuple(variable.shape)
        if "float" not in str(variable.dtype):
            continue
        if leaf in ("gamma", "moving_variance", "variance"):
            value = random.uniform(0.5, 1.5, shape)
        else:
            value = random.normal(0, 1 / max(1.0, float(np.prod(shape[:-1]))) ** 0.5 if len(shape) > 1 else 0.3, shape)
        variable.assign(value.astype("float32"))


def feed(model: keras.Model, random: np.random.Generator, rows: int) -> list[np.ndarray]:
    """Random inputs; open dimensions after the batch get 5."""
    inputs = []
    for x in model.inputs:
        shape = (rows, *(5 if dim is None else dim for dim in x.shape[1:]))
        is_index = any(isinstance(layer, L.Embedding) for layer in model.layers)
        values = random.integers(0, 50, shape) if is_index else random.uniform(-2, 2, shape)
        inputs.append(values.astype(np.float32))
    return inputs


def main(folder: Path) -> None:
    """Write <name>.keras, <name>.h5 and <name>.npz for every model."""
    for name, build in MODELS.items():
        random = np.random.default_rng(11)
        model = build()
        set_weights(model, random)
        inputs = feed(model, random, 3)
        structure = getattr(model, "_inputs_struct", None)
        keys = sorted(structure) if isinstance(structure, dict) else None
        fed: Any = dict(zip(keys, inputs, strict=True)) if keys else inputs if len(inputs) > 1 else inputs[0]
        outputs = model(fed, training=False)
        if isinstance(outputs, dict):
            outputs = [outputs[key] for key in sorted(outputs)]
        outputs = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
        model.save(folder / f"{name}.keras")
        model.save(folder / f"{name}.h5")
        arrays = {f"in{i}": x for i, x in enumerate(inputs)}
        arrays |= {f"out{i}": np.asarray(keras.ops.convert_to_numpy(y)) for i, y in enumerate(outputs)}
        np.savez(folder / f"{name}.npz", **arrays)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
