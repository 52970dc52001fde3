"""Models with planted faults, and what tests measure on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tiny_models import Graph, Operator, Tensor, build

from litesmith import lite

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["inputs", "outputs", "sqnr", "unbalanced"]

SIZE, CHANNELS = 8, 16


def inputs(count: int = 40, seed: int = 7) -> Any:
    """Images [count, 8, 8, 3] of positive values."""
    return np.random.default_rng(seed).random((count, SIZE, SIZE, 3)).astype(np.float32)


def unbalanced(schema: ModuleType, spread: float, seed: int = 3, activation: int = 1) -> bytes:
    """CONV_2D (fused activation, RELU by default), DEPTHWISE_CONV_2D with RELU, CONV_2D, MEAN -> y [1, 4].

    The first and the last channel of neighbours differ by up to `spread` in size, which the next operator undoes.
    """
    random = np.random.default_rng(seed)
    factors = np.geomspace(1, spread, CHANNELS).astype(np.float32)
    random.shuffle(factors)
    first = random.normal(0, 0.4, (CHANNELS, 3, 3, 3)) * factors[:, None, None, None]
    second = random.normal(0, 0.4, (1, 3, 3, CHANNELS)) / factors * factors[::-1]
    third = random.normal(0, 0.4, (4, 1, 1, CHANNELS)) / factors[::-1]
    arrays = [first, random.normal(0, 0.1, CHANNELS) * factors, second, random.normal(0, 0.1, CHANNELS) * factors[::-1]]
    constants = [np.ascontiguousarray(array, np.float32) for array in [*arrays, third, random.normal(0, 0.1, 4)]]
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
    operators = [
        Operator(
            "CONV_2D", (0, 1, 2), (7,), options=("Conv2DOptions", {**step, "fusedActivationFunction": activation})
        ),
        Operator(
            "DEPTHWISE_CONV_2D",
            (7, 3, 4),
            (8,),
            options=("DepthwiseConv2DOptions", {**step, "depthMultiplier": 1, "fusedActivationFunction": activation}),
        ),
        Operator("CONV_2D", (8, 5, 6), (9,), options=("Conv2DOptions", step)),
        Operator("MEAN", (9, 10), (11,), options=("ReducerOptions", {})),
    ]
    graph = Graph(tensors, operators, (0,), (11,), signatures={"serving_default": ({"x": 0}, {"y": 11})})
    return build(schema, graph)


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
