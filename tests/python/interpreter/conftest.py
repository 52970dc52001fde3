"""Fixtures of the interpreter's tests: small models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tiny_models import Graph, Operator, Tensor, build, perceptron

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["bent", "classifier", "custom", "flex", "strings", "two_signatures"]


@pytest.fixture(scope="session")
def classifier(schema: ModuleType) -> bytes:
    """x [-1, 4] -> FULLY_CONNECTED 4 to 3 -> hidden -> RELU -> y [-1, 3]."""
    return perceptron(schema)


@pytest.fixture(scope="session")
def bent(schema: ModuleType) -> bytes:
    """x [-1, 4] and a fed shape -> RESHAPE -> y, whose shape is known after invoke only."""
    graph = Graph(
        tensors=[
            Tensor("x", (1, 4), signature=(-1, 4)),
            Tensor("wished", (2,), "INT32"),
            Tensor("bent", (1, 1), signature=(-1, -1)),
            Tensor("y", (1, 1), signature=(-1, -1)),
        ],
        operators=[Operator("RESHAPE", (0, 1), (2,), options=("ReshapeOptions", {})), Operator("RELU", (2,), (3,))],
        inputs=(0, 1),
        outputs=(3,),
    )
    return build(schema, graph)


@pytest.fixture(scope="session")
def two_signatures(schema: ModuleType) -> bytes:
    """Signature `add` of graph 0 (b + a) and `relu` of graph 1, keys and names not in alphabetical order."""
    tensors = [Tensor("a", (2,)), Tensor("b", (2,)), Tensor("sum", (2,))]
    add = Operator("ADD", (0, 1), (2,), options=("AddOptions", {}))
    first = Graph(tensors, [add], (0, 1), (2,), "first", {"sum": ({"b": 1, "a": 0}, {"total": 2})})
    relu = Graph(
        [Tensor("x", (1,)), Tensor("y", (1,))],
        [Operator("RELU", (0,), (1,))],
        (0,),
        (1,),
        "second",
        {"positive": ({"x": 0}, {"y": 1})},
    )
    return build(schema, first, relu)


def _foreign(schema: ModuleType, code: str) -> bytes:
    tensors = [Tensor("x", (2,)), Tensor("y", (2,))]
    return build(schema, Graph(tensors, [Operator(code, (0,), (1,), custom=True)], (0,), (1,)))


@pytest.fixture(scope="session")
def custom(schema: ModuleType) -> bytes:
    """One custom operator MyOp."""
    return _foreign(schema, "MyOp")


@pytest.fixture(scope="session")
def flex(schema: ModuleType) -> bytes:
    """One TensorFlow operator FlexErf."""
    return _foreign(schema, "FlexErf")


@pytest.fixture(scope="session")
def strings(schema: ModuleType) -> bytes:
    """words [2, 1] -> RESHAPE to [2] -> out, and a scalar string that passes through."""
    graph = Graph(
        tensors=[
            Tensor("words", (2, 1), "STRING"),
            Tensor("shape", (1,), "INT32", data=np.array([2], np.int32)),
            Tensor("out", (2,), "STRING"),
            Tensor("single", (), "STRING"),
        ],
        operators=[Operator("RESHAPE", (0, 1), (2,), options=("ReshapeOptions", {"newShape": [2]}))],
        inputs=(0, 3),
        outputs=(2, 3),
    )
    return build(schema, graph)
