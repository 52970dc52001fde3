"""What is known when tensors are allocated is not computed again at each invoke."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tiny_models import Graph, Operator, Tensor, build

from litesmith.interpreter import Interpreter

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture(scope="module")
def flatten(schema: ModuleType) -> bytes:
    """Keras' Flatten with an open batch: SHAPE, STRIDED_SLICE, PACK, RESHAPE between two RELU."""
    ints = {"shape": (1,), "dtype": "INT32"}
    slice_options = {"shrinkAxisMask": 1}
    graph = Graph(
        tensors=[
            Tensor("x", (1, 2, 3), signature=(-1, 2, 3)),
            Tensor("a", (1, 2, 3), signature=(-1, 2, 3)),
            Tensor("shape", (3,), "INT32"),
            Tensor("begin", **ints, data=np.array([0], np.int32)),
            Tensor("end", **ints, data=np.array([1], np.int32)),
            Tensor("batch", (), "INT32"),
            Tensor("size", (), "INT32", data=np.array(6, np.int32)),
            Tensor("wished", (2,), "INT32"),
            Tensor("flat", (1, 6), signature=(-1, 6)),
            Tensor("y", (1, 6), signature=(-1, 6)),
        ],
        operators=[
            Operator("RELU", (0,), (1,)),
            Operator("SHAPE", (1,), (2,), options=("ShapeOptions", {"outType": 2})),
            Operator("STRIDED_SLICE", (2, 3, 4, 4), (5,), options=("StridedSliceOptions", slice_options)),
            Operator("PACK", (5, 6), (7,), options=("PackOptions", {"valuesCount": 2})),
            Operator("RESHAPE", (1, 7), (8,), options=("ReshapeOptions", {})),
            Operator("RELU6", (8,), (9,)),
        ],
        inputs=(0,),
        outputs=(9,),
    )
    return build(schema, graph)


@pytest.mark.parametrize("keep", [False, True])
def test_shape_arithmetic_is_done_once_and_follows_a_resize(flatten: bytes, keep: bool) -> None:
    interpreter = Interpreter(model_content=flatten, experimental_preserve_all_tensors=keep)
    for batch in (1, 5, 1):
        x = np.linspace(-9, 9, batch * 6, dtype=np.float32).reshape(batch, 2, 3)
        interpreter.resize_tensor_input(0, x.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(0, x)
        interpreter.invoke()
        np.testing.assert_array_equal(interpreter.get_tensor(9), np.clip(x, 0, 6).reshape(batch, 6))
        assert interpreter.get_tensor(7).tolist() == [batch, 6]
        assert interpreter.get_tensor_details()[8]["shape"].tolist() == [batch, 6]
    operators = [line.split()[1] for line in interpreter.plan_text().splitlines()]
    assert operators == ["RELU", "RELU6"]


def test_float16_weights_are_widened_once(schema: ModuleType) -> None:
    weights = np.array([[0.5, -1.25], [2.0, 3.5]], np.float16)
    graph = Graph(
        tensors=[
            Tensor("half", (2, 2), "FLOAT16", data=weights),
            Tensor("weights", (2, 2)),
            Tensor("x", (1, 2), signature=(-1, 2)),
            Tensor("y", (1, 2), signature=(-1, 2)),
        ],
        operators=[
            Operator("DEQUANTIZE", (0,), (1,), version=3),
            Operator("FULLY_CONNECTED", (2, 1, -1), (3,), options=("FullyConnectedOptions", {})),
        ],
        inputs=(2,),
        outputs=(3,),
    )
    interpreter = Interpreter(model_content=build(schema, graph))
    interpreter.allocate_tensors()
    x = np.array([[1, -2]], np.float32)
    interpreter.set_tensor(2, x)
    interpreter.invoke()
    np.testing.assert_array_equal(interpreter.get_tensor(3), x @ weights.T.astype(np.float32))
    np.testing.assert_array_equal(interpreter.get_tensor(1), weights.astype(np.float32))
    assert [line.split()[1] for line in interpreter.plan_text().splitlines()] == ["FULLY_CONNECTED"]


def test_views_and_elementwise_results_take_no_memory_of_their_own(schema: ModuleType) -> None:
    count = 20
    tensors = [Tensor("x", (1, 4096))]
    operators = []
    for index in range(count):
        shape = (4096, 1) if index % 2 == 0 else (1, 4096)
        tensors += [Tensor(f"r{index}", shape), Tensor(f"y{index}", shape)]
        last = len(tensors) - 3
        options = ("ReshapeOptions", {"newShape": list(shape)})
        operators += [Operator("RESHAPE", (last,), (last + 1,), options=options)]
        operators += [Operator("RELU", (last + 1,), (last + 2,))]
    content = build(schema, Graph(tensors, operators, (0,), (len(tensors) - 1,)))
    used = []
    for keep in (False, True):
        interpreter = Interpreter(model_content=content, experimental_preserve_all_tensors=keep)
        interpreter.allocate_tensors()
        x = np.linspace(-1, 1, 4096, dtype=np.float32).reshape(1, 4096)
        interpreter.set_tensor(0, x)
        interpreter.invoke()
        np.testing.assert_array_equal(interpreter.get_tensor(len(tensors) - 1), np.maximum(x, 0))
        used.append(interpreter.memory_in_use)
    one = 4096 * 4
    assert used == [2 * one, (1 + count) * one]
