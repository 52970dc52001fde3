"""Models with planted faults, and what tests measure on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tiny_models import Graph, Operator, Tensor, build

from litesmith import lite

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["damaged", "inputs", "outputs", "sqnr", "unbalanced"]

SIZE, CHANNELS = 8, 16


def inputs(count: int = 40, seed: int = 7) -> Any:
    """Images [count, 8, 8, 3] of positive values."""
    return np.random.default_rng(seed).random((count, SIZE, SIZE, 3)).astype(np.float32)


def unbalanced(schema: ModuleType, spread: float, seed: int = 3, activation: int = 1) -> bytes:
    """Three convolutions (see `_convolutions`) whose neighbouring channels differ by up to `spread` in size.

    What one layer makes large the next one makes small.
    """
    random = np.random.default_rng(seed)
    factors = np.geomspace(1, spread, CHANNELS)
    random.shuffle(factors)
    weights = _weights(random)
    weights[0] *= factors[:, None, None, None]
    weights[1] *= factors
    weights[2] *= factors[::-1] / factors
    weights[3] *= factors[::-1]
    weights[4] /= factors[::-1]
    return _convolutions(schema, weights, activation)


def damaged(schema: ModuleType) -> bytes:
    """Three convolutions, of which the second has a large weight in each channel that only multiplies zeros."""
    weights = _weights(np.random.default_rng(11), depthwise=False)
    weights[0][0] = 0
    weights[1][0] = -1  # channel 0 of the first is never above zero
    weights[2][:, 0, 0, 0] = 500
    return _convolutions(schema, weights, 1, depthwise=False)


def _weights(random: np.random.Generator, depthwise: bool = True) -> list[Any]:
    second = (1, 3, 3, CHANNELS) if depthwise else (CHANNELS, 3, 3, CHANNELS)
    shapes = [(CHANNELS, 3, 3, 3), (CHANNELS,), second, (CHANNELS,), (4, 1, 1, CHANNELS), (4,)]
    return [random.normal(0, 0.4 if len(shape) > 1 else 0.1, shape) for shape in shapes]


def _convolutions(schema: ModuleType, weights: list[Any], activation: int, depthwise: bool = True) -> bytes:
    """CONV_2D and DEPTHWISE_CONV_2D (or a second CONV_2D) with a fused activation, CONV_2D, MEAN -> y [1, 4]."""
    constants = [np.ascontiguousarray(array, np.float32) for array in weights]
    names = ("first/w", "first/b", "second/w", "second/b", "third/w", "third/b")
    side = (1, SIZE, SIZE, CHANNELS)
    tensors = [
        Tensor("x", (1, SIZE, SIZE, 3)),
        *(Tensor(name, array.shape, data=array) for name, array in zip(names, constants, strict=True)),
        Tensor("model/first/out", side),
        Tensor("model/second/out", side),
        Tensor("model/third/out", (1, SIZE, SIZE, 4)),
        Tensor("axes", (2,), "INT32", data=np.array([1, 2], np.int32)),
        Tensor("model/mean/out", (1, 4)),
    ]
    step = {"strideH": 1, "strideW": 1, "dilationHFactor": 1, "dilationWFactor": 1, "padding": 0}
    fused = {**step, "fusedActivationFunction": activation}
    second = ("DepthwiseConv2DOptions", {**fused, "depthMultiplier": 1}) if depthwise else ("Conv2DOptions", fused)
    operators = [
        Operator("CONV_2D", (0, 1, 2), (7,), options=("Conv2DOptions", fused)),
        Operator("DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", (7, 3, 4), (8,), options=second),
        Operator("CONV_2D", (8, 5, 6), (9,), options=("Conv2DOptions", step)),
        Operator("MEAN", (9, 10), (11,), options=("ReducerOptions", {})),
    ]
    signature = {"serving_default": ({"x": 0}, {"y": 11})}
    return build(schema, Graph(tensors, operators, (0,), (11,), signatures=signature))


def outputs(blob: bytes, samples: Any) -> Any:
    """What a model gives for each sample."""
    interpreter = lite.Interpreter(model_content=blob)
    interpreter.allocate_tensors()
    source, result = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    rows = []
    for sample in samples:
        interpreter.set_tensor(source, sample[None])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(result)[0])
    return np.array(rows)


def sqnr(wanted: Any, got: Any) -> float:
    """Signal to quantization noise ratio in dB."""
    noise = np.square(wanted.astype(np.float64) - got).sum()
    return float(10 * np.log10(np.square(wanted.astype(np.float64)).sum() / noise))
