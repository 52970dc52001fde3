"""Small float models that calibration runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tiny_models
from tiny_models import Graph, Operator, Tensor, build

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["difference", "logarithm", "perceptron", "pictures", "residual", "trained", "two_functions"]


@pytest.fixture(scope="session")
def perceptron(schema: ModuleType) -> bytes:
    """x [-1, 4] -> FULLY_CONNECTED -> hidden [-1, 3] -> RELU -> y, the signature's 'image' -> 'scores'."""
    return tiny_models.perceptron(schema)


@pytest.fixture(scope="session")
def difference(schema: ModuleType) -> bytes:
    """alpha - mid, both [-1, 2]; a third input 'tokens' of int32 is not used."""
    graph = Graph(
        tensors=[
            Tensor("alpha", (1, 2), signature=(-1, 2)),
            Tensor("mid", (1, 2), signature=(-1, 2)),
            Tensor("tokens", (1, 2), "INT32", signature=(-1, 2)),
            Tensor("result", (1, 2), signature=(-1, 2)),
        ],
        operators=[Operator("SUB", (0, 1), (3,), options=("SubOptions", {}))],
        inputs=(0, 1, 2),
        outputs=(3,),
        signatures={"serving_default": ({"alpha": 0, "mid": 1, "tokens": 2}, {"result": 3})},
    )
    return build(schema, graph)


@pytest.fixture(scope="session")
def pictures(schema: ModuleType) -> bytes:
    """x [2, 4, 6, 3], a fixed batch of 2 -> RELU -> RESHAPE to [2, 72] -> y."""
    graph = Graph(
        tensors=[
            Tensor("x", (2, 4, 6, 3)),
            Tensor("kept", (2, 4, 6, 3)),
            Tensor("shape", (2,), "INT32", data=np.array([2, 72], np.int32)),
            Tensor("y", (2, 72)),
        ],
        operators=[Operator("RELU", (0,), (1,)), Operator("RESHAPE", (1, 2), (3,))],
        inputs=(0,),
        outputs=(3,),
    )
    return build(schema, graph)


@pytest.fixture(scope="session")
def residual(schema: ModuleType) -> bytes:
    """total = relu(x) + clip(x, -1, 1); relu(x) is read again, so that only the clipped operand may be overwritten."""
    names = ("x", "cut", "kept", "total", "y", "z")
    graph = Graph(
        tensors=[Tensor(name, (1, 4)) for name in names],
        operators=[
            Operator("RELU_N1_TO_1", (0,), (1,)),
            Operator("RELU", (0,), (2,)),
            Operator("ADD", (2, 1), (3,), options=("AddOptions", {})),
            Operator("RELU", (3,), (4,)),
            Operator("RELU", (2,), (5,)),
        ],
        inputs=(0,),
        outputs=(4, 5),
    )
    return build(schema, graph)


@pytest.fixture(scope="session")
def trained(schema: ModuleType) -> bytes:
    """FAKE_QUANT(x) times FAKE_QUANT(weights), FAKE_QUANT of the result: a dense layer trained for int8."""
    weights = np.random.default_rng(5).normal(size=(3, 4)).astype(np.float32)

    def grid(low: float, high: float, narrow: bool = False) -> tuple[str, dict[str, object]]:
        return ("FakeQuantOptions", {"min": low, "max": high, "numBits": 8, "narrowRange": narrow})

    graph = Graph(
        tensors=[
            Tensor("x", (1, 4)),
            Tensor("x_grid", (1, 4)),
            Tensor("weights", (3, 4), data=weights),
            Tensor("weights_grid", (3, 4)),
            Tensor("bias", (3,), data=np.array([0.5, -0.25, 0.125], np.float32)),
            Tensor("product", (1, 3)),
            Tensor("y", (1, 3)),
        ],
        operators=[
            Operator("FAKE_QUANT", (0,), (1,), options=grid(-1.02, 2.0)),
            Operator("FAKE_QUANT", (2,), (3,), version=2, options=grid(-2.54, 2.54, narrow=True)),
            Operator("FULLY_CONNECTED", (1, 3, 4), (5,), options=("FullyConnectedOptions", {})),
            Operator("FAKE_QUANT", (5,), (6,), options=grid(-6.0, 6.75)),
        ],
        inputs=(0,),
        outputs=(6,),
        signatures={"serving_default": ({"x": 0}, {"y": 6})},
    )
    return build(schema, graph)


@pytest.fixture(scope="session")
def logarithm(schema: ModuleType) -> bytes:
    """log(relu(x)) of x [1, 2]: -inf where x is not above 0."""
    graph = Graph(
        tensors=[Tensor("x", (1, 2)), Tensor("positive", (1, 2)), Tensor("y", (1, 2))],
        operators=[Operator("RELU", (0,), (1,)), Operator("LOG", (1,), (2,))],
        inputs=(0,),
        outputs=(2,),
    )
    return build(schema, graph)


@pytest.fixture(scope="session")
def two_functions(schema: ModuleType) -> bytes:
    """Signature 'double' of graph 0 (x + x) and 'cut' of graph 1 (relu)."""
    add = Operator("ADD", (0, 0), (1,), options=("AddOptions", {}))
    first = Graph([Tensor("x", (2,)), Tensor("y", (2,))], [add], (0,), (1,), "a", {"double": ({"x": 0}, {"y": 1})})
    relu = Operator("RELU", (0,), (1,))
    second = Graph([Tensor("x", (2,)), Tensor("y", (2,))], [relu], (0,), (1,), "b", {"cut": ({"x": 0}, {"y": 1})})
    return build(schema, first, second)
