"""Keras models of a fixed batch of 1 whose operators are known. Run as a script: saves each with samples.

KERAS_BACKEND=numpy python operator_models.py FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import layer_models
import numpy as np
from keras import layers as L
from keras import ops
from layer_models import SEQUENCE, VECTOR, chain, feed, merge, one, set_weights

Build = Callable[[], keras.Model]

# Of test_layers.py, where the settings are those that TensorFlow was measured with.
SHARED = (
    "dense dense_relu dense_no_bias dense_rank3 dense_relu_bn_dense conv1d conv1d_same_relu conv1d_causal "
    "conv1d_causal_dilated conv2d conv2d_same_s2 conv2d_dilated conv2d_groups conv2d_relu6 conv_bn_relu bn_conv_same "
    "zeropad_conv_valid depthwise depthwise_dilated depthwise1d separable transpose_same_s2 transpose_valid "
    "transpose1d batchnorm batchnorm_vector layernorm rescaling normalization relu_max1 relu_slope leaky_relu "
    "prelu_shared elu_alpha softmax_axis1 maxpool maxpool_same_s1 maxpool1d gap1d gap2d gap2d_keepdims gmp2d flatten "
    "reshape permute repeat_vector zeropad1d zeropad2d crop1d crop2d upsample1d upsample2d upsample2d_bilinear add "
    "add3 subtract multiply_broadcast average3 maximum minimum concatenate dot dot_rank3 dot_normalize embedding"
).split()
ACTIVATIONS = [name for name in layer_models.MODELS if name.startswith("act_")]


def of(function: Callable[[Any], Any], shape: tuple[int, ...] = VECTOR, dtype: str = "float32") -> keras.Model:
    """A model of what a function does with one input."""
    x = keras.Input(shape, name="x", dtype=dtype)
    return keras.Model(x, function(x))


MODELS: dict[str, Build] = {
    **{name: layer_models.MODELS[name] for name in (*SHARED, *ACTIVATIONS)},
    "dense_bn": lambda: chain(L.Dense(7), L.BatchNormalization(), shape=VECTOR),
    "dense_softmax": lambda: one(L.Dense(7, activation="softmax"), VECTOR),
    "dense_rank4_linear": lambda: one(L.Dense(5)),
    "dense_rank3_relu": lambda: one(L.Dense(5, activation="relu"), SEQUENCE),
    "dense_tanh_dense": lambda: chain(L.Dense(7, activation="tanh"), L.Dense(3), shape=VECTOR),
    "conv1d_dilated": lambda: one(L.Conv1D(5, 3, dilation_rate=2), SEQUENCE),
    "conv2d_no_bias": lambda: one(L.Conv2D(5, 3, use_bias=False)),
    "conv2d_dilated_valid": lambda: one(L.Conv2D(5, 3, dilation_rate=2)),
    "conv2d_bn": lambda: chain(L.Conv2D(5, 3), L.BatchNormalization()),
    "conv2d_relu_bn": lambda: chain(L.Conv2D(5, 3, activation="relu"), L.BatchNormalization()),
    "zeropad_conv_s2": lambda: chain(L.ZeroPadding2D(((0, 1), (0, 1))), L.Conv2D(5, 3, strides=2), shape=(8, 8, 4)),
    "bn_conv_valid": lambda: chain(L.BatchNormalization(), L.Conv2D(5, 3)),
    "rescaling_conv": lambda: chain(L.Rescaling(1 / 127.5, offset=-1), L.Conv2D(5, 3)),
    "depthwise_one_channel": lambda: one(L.DepthwiseConv2D(3, depth_multiplier=4), (9, 8, 1)),
    "depthwise_m2_relu6": lambda: one(L.DepthwiseConv2D(3, depth_multiplier=2, activation="relu6")),
    "separable1d": lambda: one(L.SeparableConv1D(6, 3), SEQUENCE),
    "layernorm_vector": lambda: one(L.LayerNormalization(), VECTOR),
    "groupnorm": lambda: one(L.GroupNormalization(2)),
    "unitnorm": lambda: one(L.UnitNormalization(), VECTOR),
    "rmsnorm": lambda: one(L.RMSNormalization(), VECTOR),
    "gmp1d": lambda: one(L.GlobalMaxPooling1D(), SEQUENCE),
    "avgpool": lambda: one(L.AveragePooling2D(2)),
    "avgpool_same_s1": lambda: one(L.AveragePooling2D(3, strides=1, padding="same")),
    "avgpool1d": lambda: one(L.AveragePooling1D(2), SEQUENCE),
    "embedding_int32": lambda: of(L.Embedding(50, 6), (7,), "int32"),
    "embedding_gap1d": lambda: of(lambda x: L.GlobalAveragePooling1D()(L.Embedding(50, 6)(x)), (7,), "int32"),
    "resizing_bilinear": lambda: one(L.Resizing(12, 14)),
    "resizing_nearest": lambda: one(L.Resizing(12, 14, interpolation="nearest")),
    "rescaling_no_offset": lambda: one(L.Rescaling(1 / 255)),
    "multiply": lambda: merge(L.Multiply(), VECTOR, VECTOR),
    "average": lambda: merge(L.Average(), VECTOR, VECTOR),
    "center_crop": lambda: one(L.CenterCrop(5, 6)),
    "random_flip": lambda: one(L.RandomFlip("horizontal")),
    "dropout": lambda: one(L.Dropout(0.5)),
    "spatial_dropout": lambda: one(L.SpatialDropout2D(0.3)),
    "gaussian_noise": lambda: one(L.GaussianNoise(0.1)),
    "reshape_fixed": lambda: one(L.Reshape((8, 36))),
    "flatten_dense": lambda: chain(L.Flatten(), L.Dense(3)),
    "concatenate_image": lambda: merge(L.Concatenate(axis=1), (2, 3, 4), (5, 3, 4)),
    "act_gelu_tanh": lambda: of(lambda x: ops.gelu(x, approximate=True)),
    "act_threshold": lambda: of(lambda x: ops.threshold(x, 0.5, 0.0)),
    "act_sparsemax": lambda: one(L.Activation("sparsemax"), VECTOR),
    "relu_max4": lambda: one(L.ReLU(max_value=4.0)),
    "relu_threshold": lambda: one(L.ReLU(threshold=0.5)),
    "relu6_slope": lambda: one(L.ReLU(max_value=6.0, negative_slope=0.1)),
    "elu": lambda: one(L.ELU()),
    "prelu_vector": lambda: one(L.PReLU(alpha_initializer="glorot_normal"), VECTOR),
    "softmax_image": lambda: one(L.Softmax()),
    "op_scale_shift": lambda: of(lambda x: x * 2.0 + 1.0),
    "op_mean": lambda: of(lambda x: ops.mean(x, axis=-1)),
    "op_slice": lambda: of(lambda x: x[:, 1:]),
    "op_split_stack": lambda: of(lambda x: ops.stack(ops.split(x, 2, axis=1), axis=1)),
    "op_matmul": lambda: merge(lambda inputs: ops.matmul(*inputs), (5, 4), (4, 3)),
}


def with_batch_1(model: keras.Model) -> keras.Model:
    """The same layers behind inputs of one row, as ``keras.Input(..., batch_size=1)`` makes them."""
    inputs = [keras.Input(x.shape[1:], batch_size=1, dtype=x.dtype, name=x.name) for x in model.inputs]
    return keras.models.clone_model(model, input_tensors=inputs if len(inputs) > 1 else inputs[0])


def main(folder: Path) -> None:
    """Write <name>.keras and <name>.npz, four samples by input name, for every model."""
    for name, build in MODELS.items():
        random = np.random.default_rng(7)
        model = with_batch_1(build())
        set_weights(model, random)
        model.save(folder / f"{name}.keras")
        samples = zip(model.inputs, feed(model, random, 4), strict=True)
        np.savez(folder / f"{name}.npz", **{x.name: values.astype(x.dtype) for x, values in samples})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
