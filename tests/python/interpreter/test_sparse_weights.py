"""Operators with sparse weights: LiteRT's results, and what Python sees of the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from oracle_process import Question, ask
from tiny_models import Graph, Operator, Tensor, build

from litesmith import _core
from litesmith.interpreter import Interpreter
from litesmith.quantization.policy import QuantizationPolicy

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

_STEPS = {"strideW": 1, "strideH": 1, "dilationWFactor": 1, "dilationHFactor": 1}
# Operator, options, input, weights, output, zeros come in runs of.
MODELS: dict[str, tuple[str, tuple[str, dict[str, Any]], Any, Any, Any, int]] = {
    "random": ("FULLY_CONNECTED", ("FullyConnectedOptions", {}), (3, 64), (20, 64), (3, 20), 1),
    "blocks_of_4": ("FULLY_CONNECTED", ("FullyConnectedOptions", {}), (3, 64), (20, 64), (3, 20), 4),
    "blocks_of_16": ("FULLY_CONNECTED", ("FullyConnectedOptions", {}), (3, 64), (20, 64), (3, 20), 16),
    "conv": ("CONV_2D", ("Conv2DOptions", _STEPS), (1, 6, 7, 16), (8, 3, 3, 16), (1, 6, 7, 8), 1),
    "depthwise": (
        "DEPTHWISE_CONV_2D",
        ("DepthwiseConv2DOptions", {**_STEPS, "depthMultiplier": 1}),
        (1, 6, 7, 16),
        (1, 3, 3, 16),
        (1, 6, 7, 16),
        1,
    ),
}


def model(schema: ModuleType, name: str) -> bytes:
    """A float32 layer whose weights are zero to 70 %."""
    random = np.random.default_rng(len(name))
    kind, options, x, w, y, run = MODELS[name]
    weights = random.normal(size=w).astype(np.float32).reshape(-1, run)
    weights[random.permutation(len(weights))[: len(weights) * 7 // 10]] = 0
    graph = Graph(
        tensors=[
            Tensor("x", x),
            Tensor("weights", w, data=weights.reshape(w)),
            Tensor("bias", y[-1:], data=random.normal(size=y[-1:]).astype(np.float32)),
            Tensor("y", y),
        ],
        operators=[Operator(kind, (0, 1, 2), (3,), options=options)],
        inputs=(0,),
        outputs=(3,),
    )
    return build(schema, graph)


def sparse(blob: bytes, mode: str) -> bytes:
    conversion = _core.Conversion.from_tflite(blob, "model", False, 2)
    ranges = {(0, 0): (-4.0, 4.0), (0, 3): (-20.0, 20.0)}
    conversion.quantize(QuantizationPolicy(mode=mode, sparse=True), ranges if mode == "int8" else {})
    return conversion.write()


def run(blob: bytes, x: np.ndarray) -> np.ndarray:
    interpreter = Interpreter(model_content=blob)
    interpreter.allocate_tensors()
    interpreter.set_tensor(0, x)
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


@pytest.mark.oracle
@pytest.mark.parametrize("mode", ["float32", "float16", "int8"])
def test_results_are_those_of_litert(schema: ModuleType, tmp_path: Path, mode: str) -> None:
    random = np.random.default_rng(9)
    files = {name: sparse(model(schema, name), mode) for name in MODELS}
    inputs = {name: random.normal(size=MODELS[name][2]).astype(np.float32) for name in MODELS}
    answers = ask([Question(files[name], [inputs[name]]) for name in MODELS], "BUILTIN_REF", tmp_path)
    for name, answer in zip(MODELS, answers, strict=True):
        assert not answer.refusal, (name, answer.refusal)
        got = run(files[name], inputs[name])
        assert np.abs(got - run(files[name], -inputs[name])).max() > 1
        # Sums of floats: about a hundred terms of size 10 in another order.
        np.testing.assert_allclose(got, answer.outputs[0], rtol=0, atol=0 if mode == "int8" else 2e-5, err_msg=name)


@pytest.mark.parametrize("mode", ["float32", "float16", "dynamic_range", "int8"])
@pytest.mark.parametrize("name", MODELS)
def test_sparse_weights_give_the_bits_of_dense_ones(schema: ModuleType, name: str, mode: str) -> None:
    blob = model(schema, name)
    conversion = _core.Conversion.from_tflite(blob, "model", False, 2)
    conversion.quantize(QuantizationPolicy(mode=mode), {(0, 0): (-4.0, 4.0), (0, 3): (-20.0, 20.0)})
    x = np.random.default_rng(4).normal(size=MODELS[name][2]).astype(np.float32)
    expected = run(conversion.write(), x)
    assert not np.array_equal(expected, run(blob, -x))
    assert np.array_equal(run(sparse(blob, mode), x), expected)


def test_details_and_values_of_sparse_weights_are_as_stored(schema: ModuleType) -> None:
    interpreter = Interpreter(model_content=sparse(model(schema, "blocks_of_4"), "float32"))
    (weights,) = [it for it in interpreter.get_tensor_details() if it["sparsity_parameters"]]
    storage = weights["sparsity_parameters"]
    assert storage["traversal_order"].tolist() == [0, 1, 2]
    assert storage["block_map"].tolist() == [1]
    assert [level["format"] for level in storage["dim_metadata"]] == [0, 1, 0]
    kept = len(storage["dim_metadata"][1]["array_indices"]) * 4
    for _ in range(2):
        assert interpreter.get_tensor(weights["index"]).shape == (kept,)
        interpreter.allocate_tensors()
    assert kept == 20 * 64 * 3 // 10
