"""Values in and out: copies, forms of arrays, details, strings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tiny_models import Graph, Operator, Tensor, build

from litesmith.interpreter import Interpreter

if TYPE_CHECKING:
    from types import ModuleType

VALUES = np.arange(4, dtype=np.float32).reshape(1, 4) - 1.5


def ready(content: bytes, **options: Any) -> Interpreter:
    interpreter = Interpreter(model_content=content, **options)
    interpreter.allocate_tensors()
    return interpreter


def expected_scores(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    weights = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    return np.maximum(x @ weights.T + np.array([0.5, -0.25, 0.125], np.float32), 0)


class _ArrayLike:
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(VALUES, dtype=dtype)


FORMS = {
    "big-endian": VALUES.astype(">f4"),
    "Fortran order": np.asfortranarray(VALUES),
    "every second element": np.repeat(VALUES, 2, axis=1)[:, ::2],
    "negative stride": VALUES[:, ::-1].copy()[:, ::-1],
    "unaligned": np.frombuffer(b"?" + VALUES.tobytes(), np.uint8)[1:].view(np.float32).reshape(1, 4),
    "read-only": np.frombuffer(VALUES.tobytes(), np.float32).reshape(1, 4),
    "subclass": VALUES.view(np.matrix),
    "nothing masked": np.ma.masked_array(VALUES),
    "__array__": _ArrayLike(),
    "broadcast view": np.broadcast_to(VALUES, (1, 4)),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_array_of_any_layout_is_read_by_value(classifier: bytes, form: str) -> None:
    interpreter = ready(classifier)
    interpreter.set_tensor(0, FORMS[form])
    np.testing.assert_array_equal(interpreter.get_tensor(0), VALUES)


def test_results_follow_the_values_and_results_are_copies(classifier: bytes) -> None:
    interpreter = ready(classifier)
    results = []
    for x in (VALUES, -3 * VALUES):
        interpreter.set_tensor(0, x)
        interpreter.invoke()
        results.append(interpreter.get_tensor(4))
        np.testing.assert_allclose(results[-1], expected_scores(x), rtol=1e-6)
        assert results[-1].flags.writeable
    assert not np.array_equal(*results)
    results[0][:] = 99
    assert interpreter.get_tensor(4).max() < 99


def test_an_unset_input_reads_as_zeros_and_inputs_survive_invoke(classifier: bytes) -> None:
    interpreter = ready(classifier)
    np.testing.assert_array_equal(interpreter.get_tensor(0), np.zeros((1, 4), np.float32))
    interpreter.set_tensor(0, VALUES)
    first, second = [(interpreter.invoke(), interpreter.get_tensor(4))[1] for _ in range(2)]
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(interpreter.get_tensor(0), VALUES)


def test_later_changes_of_the_array_that_was_set_have_no_effect(classifier: bytes) -> None:
    interpreter = ready(classifier)
    x = VALUES.copy()
    interpreter.set_tensor(0, x)
    x[:] = 7
    np.testing.assert_array_equal(interpreter.get_tensor(0), VALUES)


def test_details_show_shape_signature_types_and_quantization(schema: ModuleType) -> None:
    graph = Graph(
        [
            Tensor("x", (1, 2), "INT8", signature=(-1, 2), scales=(0.5,), zero_points=(-3,)),
            Tensor("y", (1, 2), "INT8", signature=(-1, 2), scales=(0.5,), zero_points=(-3,)),
            Tensor("w", (2, 1), "INT8", data=np.zeros(2, np.int8), scales=(0.25, 0.5), zero_points=(0, 0)),
            Tensor("n", (), "INT64", data=np.array(7, np.int64)),
        ],
        [Operator("RESHAPE", (0,), (1,), options=("ReshapeOptions", {"newShape": [-1, 2]}))],
        (0,),
        (1,),
    )
    content = build(schema, graph)
    interpreter = ready(content)
    x, _, w, n = interpreter.get_tensor_details()
    assert list(x) == [
        "name", "index", "shape", "shape_signature", "dtype", "quantization", "quantization_parameters",
        "sparsity_parameters",
    ]  # fmt: skip
    assert (x["name"], x["index"], x["dtype"], x["quantization"]) == ("x", 0, np.int8, (0.5, -3))
    assert x["shape"].tolist() == [1, 2]
    assert x["shape_signature"].tolist() == [-1, 2]
    assert x["shape"].dtype == np.int32
    assert w["quantization"] == (0.0, 0)
    assert w["quantization_parameters"]["scales"].tolist() == [0.25, 0.5]
    assert w["quantization_parameters"]["zero_points"].tolist() == [0, 0]
    assert n["shape"].tolist() == []
    assert isinstance(interpreter.get_tensor(3), np.int64)
    assert interpreter.get_tensor(3) == 7
    interpreter.resize_tensor_input(0, [5, 2])
    interpreter.allocate_tensors()
    assert [d["shape"].tolist() for d in interpreter.get_tensor_details()[:2]] == [[5, 2], [5, 2]]
    assert interpreter.get_input_details()[0]["shape_signature"].tolist() == [-1, 2]
    compressed = Interpreter(model_content=content, experimental_compress_quantization_zero_points=True)
    assert compressed.experimental_compress_quantization_zero_points
    assert compressed.get_tensor_details()[2]["quantization_parameters"]["zero_points"].tolist() == [0]


def test_operator_details_name_operators_and_types(classifier: bytes) -> None:
    first, second = ready(classifier)._get_ops_details()
    assert (first["index"], first["op_name"]) == (0, "FULLY_CONNECTED")
    assert first["inputs"].tolist() == [0, 1, 2]
    assert first["operand_types"] == [np.float32] * 3
    assert (second["op_name"], second["outputs"].tolist()) == ("RELU", [4])


def test_int4_values_travel_one_per_byte_and_keep_their_sign(schema: ModuleType) -> None:
    graph = Graph([Tensor("x", (5,), "INT4", scales=(1.0,), zero_points=(0,))], [], (0,), (0,))
    interpreter = ready(build(schema, graph))
    values = np.array([-8, 7, 0, -1, 3], np.int8)
    interpreter.set_tensor(0, values)
    np.testing.assert_array_equal(interpreter.get_tensor(0), values)
    assert interpreter.get_input_details()[0]["dtype"] is np.int8
    with pytest.raises(ValueError, match="element 2 is 8 but int4 holds -8 to 7"):
        interpreter.set_tensor(0, np.array([0, 0, 8, 0, 0], np.int8))
    with pytest.raises(ValueError, match="get_tensor"):
        interpreter.tensor(0)()


def test_strings_go_in_as_str_or_bytes_and_come_out_as_bytes(strings: bytes) -> None:
    interpreter = ready(strings)
    interpreter.set_tensor(0, np.array([["grün"], [b"\x00raw\xff"]], dtype=object))
    interpreter.set_tensor(3, np.array(b"end\0\0"))
    interpreter.invoke()
    out = interpreter.get_tensor(2)
    assert out.dtype == object
    assert out.tolist() == ["grün".encode(), b"\x00raw\xff"]
    single = interpreter.get_tensor(3)
    assert isinstance(single, np.ndarray)
    assert single.shape == ()
    interpreter.set_tensor(0, np.array([["a"], ["much longer than before"]]))
    interpreter.invoke()
    assert interpreter.get_tensor(2).tolist() == [b"a", b"much longer than before"]
    assert interpreter.get_input_details()[0]["dtype"] is np.bytes_


def test_strings_of_other_kinds_are_refused(strings: bytes) -> None:
    interpreter = ready(strings)
    with pytest.raises(ValueError, match="Passed in value type is not a numpy array, got type list"):
        interpreter.set_tensor(0, [["a"], ["b"]])
    with pytest.raises(ValueError, match="Got value of type FLOAT32 but expected type STRING"):
        interpreter.set_tensor(0, np.zeros((2, 1), np.float32))
    with pytest.raises(ValueError, match="is int but must be str or bytes"):
        interpreter.set_tensor(0, np.array([[1], ["b"]], dtype=object))
    with pytest.raises(ValueError, match="Got 3 but expected 2 for dimension 0"):
        interpreter.set_tensor(0, np.array([["a"], ["b"], ["c"]]))
    assert interpreter.get_tensor(0).tolist() == [[b""], [b""]]


def test_variables_start_at_zero_and_can_be_reset(schema: ModuleType) -> None:
    graph = Graph(
        [
            Tensor("x", (2,)),
            Tensor("state", (2,), variable=True),
            Tensor("q", (2,), "INT8", scales=(1.0,), zero_points=(5,), variable=True),
            Tensor("sum", (2,)),
        ],
        [Operator("ADD", (0, 1), (3,), options=("AddOptions", {}))],
        (0,),
        (3,),
    )
    interpreter = Interpreter(model_content=build(schema, graph))
    with pytest.raises(RuntimeError, match="allocate_tensors"):
        interpreter.reset_all_variables()
    interpreter.allocate_tensors()
    assert interpreter.get_tensor(1).tolist() == [0, 0]
    assert interpreter.get_tensor(2).tolist() == [5, 5]
    interpreter.set_tensor(1, np.array([1, 2], np.float32))
    interpreter.invoke()
    assert interpreter.get_tensor(3).tolist() == [1, 2]
    interpreter.reset_all_variables()
    assert interpreter.get_tensor(1).tolist() == [0, 0]


def test_resetting_variables_before_allocation_is_fine_without_variables(classifier: bytes) -> None:
    Interpreter(model_content=classifier).reset_all_variables()


def test_the_representation_names_model_inputs_and_state(classifier: bytes) -> None:
    interpreter = Interpreter(model_content=classifier)
    assert "not allocated; x float32[1, 4] -> y float32[1, 3]" in repr(interpreter)
    interpreter.allocate_tensors()
    assert "2 operators, allocated" in repr(interpreter)
    assert "serving_default(image) -> scores" in repr(interpreter.get_signature_runner())
