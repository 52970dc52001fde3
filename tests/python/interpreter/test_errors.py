"""What the interpreter raises: one row per trigger, with the exception class and a part of upstream's text."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from litesmith.interpreter import Interpreter, InterpreterWithCustomOps, OpResolverType, load_delegate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

X = np.zeros((1, 4), np.float32)


@dataclass(frozen=True)
class Row:
    """A call that must fail; `ready` says whether tensors are allocated before it."""

    name: str
    call: Callable[[Interpreter], object]
    error: type[Exception]
    text: str
    ready: bool = True


ROWS = [
    Row(
        "invoke before allocate", lambda i: i.invoke(), RuntimeError, "Invoke called on model that is not ready", False
    ),
    Row("set before allocate", lambda i: i.set_tensor(0, X), ValueError, "Tensor is unallocated", False),
    Row("get before allocate", lambda i: i.get_tensor(0), ValueError, "Tensor data is null", False),
    Row("view before allocate", lambda i: i.tensor(0)(), ValueError, "Tensor data is null", False),
    Row(
        "list of floats",
        lambda i: i.set_tensor(0, [[1.0, 2.0, 3.0, 4.0]]),
        ValueError,
        "Cannot set tensor: Got value of type FLOAT64 but expected type FLOAT32 for input 0, name: x ",
    ),
    Row("list of ints", lambda i: i.set_tensor(0, [[1, 2, 3, 4]]), ValueError, "Got value of type INT64"),
    Row("bool", lambda i: i.set_tensor(0, X != 0), ValueError, "Got value of type BOOL"),
    Row("float16", lambda i: i.set_tensor(0, X.astype(np.float16)), ValueError, "Got value of type FLOAT16"),
    Row("None", lambda i: i.set_tensor(0, None), ValueError, "Got value of type STRING"),
    Row("str", lambda i: i.set_tensor(0, "abc"), ValueError, "Got value of type STRING"),
    Row(
        "rank",
        lambda i: i.set_tensor(0, X[0]),
        ValueError,
        "Cannot set tensor: Dimension mismatch. Got 1 but expected 2 for input 0.",
    ),
    Row(
        "dimension",
        lambda i: i.set_tensor(0, np.zeros((1, 5), np.float32)),
        ValueError,
        "Cannot set tensor: Dimension mismatch. Got 5 but expected 4 for dimension 1 of input 0.",
    ),
    Row(
        "masked",
        lambda i: i.set_tensor(0, np.ma.masked_equal(X, 0)),
        ValueError,
        "Cannot set tensor: the array for input 0, name: x has masked elements",
    ),
    Row(
        "index past the end", lambda i: i.get_tensor(9), ValueError, "Invalid tensor index 9 exceeds max tensor index 5"
    ),
    Row("index = count", lambda i: i.get_tensor(5), ValueError, "Invalid tensor index 5 exceeds max tensor index 5"),
    Row("index -1", lambda i: i.set_tensor(-1, X), ValueError, "Invalid tensor index -1 exceeds"),
    Row("index 2**40", lambda i: i.get_tensor(2**40), ValueError, "Invalid tensor index 1099511627776"),
    Row("float index", lambda i: i.get_tensor(0.0), TypeError, ""),  # type: ignore[arg-type]
    Row("str index", lambda i: i.set_tensor("x", X), TypeError, ""),  # type: ignore[arg-type]
    Row("view of a bad index", lambda i: i.tensor(9)(), ValueError, "Invalid tensor index 9"),
    Row(
        "subgraph 1", lambda i: i.get_tensor(0, 1), ValueError, "Invalid subgraph index 1 exceeds max subgraph index 1"
    ),
    Row("subgraph -1", lambda i: i.get_tensor(0, -1), ValueError, "Invalid subgraph index -1 exceeds"),
    Row(
        "details of subgraph 3",
        lambda i: i.get_tensor_details(3),
        ValueError,
        "subgraph_index is out of range: 3 for the model, which has 1 subgraphs.",
    ),
    Row("operator 5", lambda i: i._get_op_details(5), ValueError, "Invalid node index"),
    Row(
        "strict resize",
        lambda i: i.resize_tensor_input(0, [1, 5], strict=True),
        RuntimeError,
        "Attempting to resize dimension 1 of tensor 0 with value 4 to 5. "
        "ResizeInputTensorStrict only allows mutating unknown dimensions identified by -1.",
    ),
    Row("resize 9", lambda i: i.resize_tensor_input(9, [1, 4]), RuntimeError, "tensor_index >= 0 was not true"),
    Row("resize to -1", lambda i: i.resize_tensor_input(0, [-1, 4]), RuntimeError, "number of elements overflowed"),
    Row("resize 2-D", lambda i: i.resize_tensor_input(0, [[1, 4]]), ValueError, "Shape should be 1D instead of 2."),
    Row("resize 0-D", lambda i: i.resize_tensor_input(0, 4), ValueError, "Shape should be 1D instead of 0."),
    Row("resize 2.9", lambda i: i.resize_tensor_input(0, [2.9, 4]), ValueError, "whole numbers"),
    Row("resize weights", lambda i: i.resize_tensor_input(1, [2, 4]), ValueError, "no input"),
    Row("write weights", lambda i: i.set_tensor(1, np.zeros((3, 4), np.float32)), ValueError, "constant of the model"),
    Row("read hidden", lambda i: i.get_tensor(3), ValueError, "experimental_preserve_all_tensors=True"),
    Row(
        "bad signature",
        lambda i: i.get_signature_runner("zz"),
        ValueError,
        'Invalid signature_key provided: "zz"',
    ),
    Row("deepcopy", copy.deepcopy, TypeError, "cannot pickle"),
    Row("pickle", pickle.dumps, TypeError, "cannot pickle"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_wrong_call_raises_upstreams_class_and_leaves_the_interpreter_usable(classifier: bytes, row: Row) -> None:
    interpreter = Interpreter(model_content=classifier)
    if row.ready:
        interpreter.allocate_tensors()
        interpreter.invoke()
    with pytest.raises(row.error) as caught:
        row.call(interpreter)
    assert type(caught.value) is row.error
    assert row.text in str(caught.value)
    interpreter.allocate_tensors()
    interpreter.set_tensor(0, X + 1)
    interpreter.invoke()
    np.testing.assert_array_equal(interpreter.get_tensor(0), X + 1)


CONSTRUCTION = [
    ({}, ValueError, "`model_path` or `model_content` must be specified."),
    ({"model_path": "", "model_content": b""}, ValueError, "`model_path` or `model_content` must be specified."),
    ({"model_path": "missing.tflite"}, ValueError, "Could not open 'missing.tflite'"),
    ({"model_path": "."}, ValueError, "Could not open '.'"),
    ({"model_path": "a\0b"}, ValueError, "Could not open"),
    ({"model_path": 3}, TypeError, "PathLike"),
    ({"model_content": b"TFL3"}, ValueError, "The model is not a valid Flatbuffer buffer"),
    ({"model_content": bytes(range(200))}, ValueError, "The model is not a valid Flatbuffer buffer"),
]


@pytest.mark.parametrize(("arguments", "error", "text"), CONSTRUCTION, ids=lambda value: repr(value)[:40])
def test_a_model_that_cannot_be_read_raises_upstreams_class(
    arguments: dict[str, object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as caught:
        Interpreter(**arguments)  # type: ignore[arg-type]
    assert type(caught.value) is error
    assert text in str(caught.value)


OPTIONS = [
    ({"num_threads": 0}, ValueError, "num_threads should >= 1"),
    ({"num_threads": -1}, ValueError, "num_threads should >= 1"),
    ({"num_threads": 2**31}, ValueError, "num_threads should >= 1"),
    ({"num_threads": 1.0}, ValueError, "type of num_threads should be int"),
    ({"num_threads": np.int64(2)}, ValueError, "type of num_threads should be int"),
    ({"experimental_op_resolver_type": "test"}, ValueError, "Unrecognized passed in op resolver type: test"),
    ({"experimental_delegates": [object()]}, ValueError, "delegates"),
    ({"arithmetic": "exact"}, ValueError, "'litert' or 'tflm'"),
]


@pytest.mark.parametrize(("options", "error", "text"), OPTIONS, ids=lambda value: repr(value)[:40])
def test_an_option_out_of_range_is_refused(
    classifier: bytes, options: dict[str, object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as caught:
        Interpreter(model_content=classifier, **options)  # type: ignore[arg-type]
    assert text in str(caught.value)


def test_bool_threads_every_resolver_and_both_arithmetics_are_accepted(classifier: bytes) -> None:
    for resolver in OpResolverType:
        for arithmetic in ("litert", "tflm"):
            interpreter = Interpreter(
                model_content=classifier,
                num_threads=True,
                experimental_op_resolver_type=resolver,
                arithmetic=arithmetic,
            )
            interpreter.allocate_tensors()
            interpreter.invoke()


@pytest.mark.parametrize("kind", [bytearray, memoryview], ids=lambda kind: kind.__name__)
def test_content_that_may_change_is_a_type_error(classifier: bytes, kind: Callable[[bytes], object]) -> None:
    with pytest.raises(TypeError, match=r"bytes\(\.\.\.\)"):
        Interpreter(model_content=kind(classifier))  # type: ignore[arg-type]


def test_both_path_and_content_are_refused_and_every_truncation_is_an_error(classifier: bytes) -> None:
    with pytest.raises(ValueError, match="Can't both provide"):
        Interpreter("a.tflite", classifier)
    for length in range(1, len(classifier), 7):
        with pytest.raises(ValueError, match=r"model_content|valid Flatbuffer"):
            Interpreter(model_content=classifier[:length])


def test_a_path_may_be_a_string_bytes_or_path(classifier: bytes, tmp_path: Path) -> None:
    path = tmp_path / "modèle.tflite"
    path.write_bytes(classifier)
    for form in (path, str(path), str(path).encode()):
        assert Interpreter(form).get_input_details()[0]["name"] == "x"  # type: ignore[arg-type]


def test_custom_and_flex_operators_fail_when_tensors_are_allocated(custom: bytes, flex: bytes) -> None:
    with pytest.raises(RuntimeError, match=r"Encountered unresolved custom op: MyOp\.") as caught:
        Interpreter(model_content=custom).allocate_tensors()
    assert "Node number 0 (MyOp) failed to prepare." in str(caught.value)
    text = r"Select TensorFlow op\(s\), included in the given model, is\(are\) not supported by this interpreter\."
    with pytest.raises(RuntimeError, match=text) as caught:
        Interpreter(model_content=flex).allocate_tensors()
    assert "Node number 0 (FlexErf) failed to prepare." in str(caught.value)


def test_registerers_and_delegates_are_refused_with_upstreams_classes(classifier: bytes) -> None:
    with pytest.raises(ValueError, match="Looking up symbol 'NoSuchSym' failed"):
        InterpreterWithCustomOps(custom_op_registerers=["NoSuchSym"], model_content=classifier)
    InterpreterWithCustomOps(custom_op_registerers=[], model_content=classifier).allocate_tensors()
    with pytest.raises(OSError, match=r"libmissing\.so: cannot open shared object file"):
        load_delegate("libmissing.so")
    with pytest.raises(ValueError, match=r"Failed to load delegate from libc\.so\.6"):
        load_delegate("libc.so.6", {"device": "usb"})


def test_the_memory_limit_raises_before_memory_is_taken(classifier: bytes) -> None:
    from litesmith.errors import ModelLimitError

    interpreter = Interpreter(model_content=classifier, memory_limit=100_000)
    interpreter.allocate_tensors()
    interpreter.resize_tensor_input(0, [1_000_000_000, 4])
    with pytest.raises(ModelLimitError, match="memory_limit = 100000"):
        interpreter.allocate_tensors()
    interpreter.resize_tensor_input(0, [2, 4])
    interpreter.allocate_tensors()
    interpreter.invoke()


def test_a_failed_allocate_names_the_node_and_a_good_shape_repairs_it(classifier: bytes) -> None:
    interpreter = Interpreter(model_content=classifier)
    interpreter.resize_tensor_input(0, [3, 5])
    with pytest.raises(RuntimeError, match=r"Node number 0 \(FULLY_CONNECTED\) failed to prepare"):
        interpreter.allocate_tensors()
    interpreter.resize_tensor_input(0, [3, 4])
    interpreter.allocate_tensors()
    interpreter.invoke()
    assert interpreter.get_tensor(4).shape == (3, 3)
