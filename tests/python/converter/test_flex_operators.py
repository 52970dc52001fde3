"""Operators that stay TensorFlow's: their options are TensorFlow's bytes, and what runs them is said."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from litesmith import lite
from litesmith.compat.v1 import lite as v1
from litesmith.errors import ConverterError
from litesmith.tools import flatbuffer_utils
from tests.python.tools.graphs import add_constant, add_node, new_graph

if TYPE_CHECKING:
    from pathlib import Path

WITH_FLEX = [lite.OpsSet.TFLITE_BUILTINS, lite.OpsSet.SELECT_TF_OPS]
# What TensorFlow 2.21 writes for the same nodes.
BINCOUNT_FLEX = (
    b"\x08Bincount\x00\x1b\x12\x08Bincount\x1a\x00\x1a\x00\x1a\x00*\x07\n\x01T\x12\x020\x012\x00\x00\x02"
    b"'\x1e\x14\x14\x04(\x01"
)
BINCOUNT_CUSTOM = b"T\x00\x01\x03\x01\x01\x01\x00\x04\x02$\x01"
ODD_CUSTOM = (
    b"T\x00alpha\x00mode\x00\x04fast\x00taps\x00\x03\x01\x02\x03\x04\x1d\x1c\x17\r"
    b"\x00\x00\x00\x07\x00\x00\x00\x01\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80>*\x00\x00\x00#\x00\x00\x00\x06\x0e\x14,\x14&\x01"
)

# In words of eight bytes, because one of the integers needs them; the float is a double there.
KINDS_CUSTOM = b"".join(
    [
        b"T\x00count\x00flag\x00fractions\x00\x00\x02\x00\x00\x00\x00\x00\x00?\x00\x00\xa0?kind\x00large\x00mode\x00\x04fast\x00",
        b"names\x00\x01a\x00\x02bc\x00\x02\x07\x05rate\x00sizes\x00\x00\x02\x00\x01\x00,\x01\n]\\WS=94*\x1b\x17\x00",
        *(number.to_bytes(8, "little", signed=True) for number in (11, 1, 10, 0, -3, 1, 124, 4, 2**40, 123, 112)),
        np.float64(np.float32(0.1)).tobytes(),
        (112).to_bytes(8, "little"),
        b"\x07\x07k6\x07\x07\x14<\x0f-Z'\x01",
    ]
)


def custom_operators(model: bytes) -> dict[str, bytes]:
    """The options of custom operators by name."""
    read = flatbuffer_utils.convert_bytearray_to_object(bytearray(model))
    options = {}
    for graph in read.subgraphs:
        for node in graph.operators:
            code = read.operatorCodes[node.opcodeIndex].customCode
            if code:
                options[code.decode()] = bytes(np.asarray(node.customOptions, np.uint8))
    return options


def add_bincount(nodes: Any, name: str, *inputs: str) -> Any:
    node = nodes.add(name=name, op="Bincount", input=inputs)
    node.attr["_class"].list.s.append(b"loc:@x")
    return node


def counted() -> Any:
    """A graph that counts its input, by an operator that TFLite lacks."""
    graph = new_graph()
    for size in (2, 3):
        if size == 2:
            add_node(graph, "Placeholder", "x", dtype=3)
        graph.node[0].attr["shape"].shape.dim.add().size = size
    add_constant(graph, "size", np.array(5, np.int32))
    add_constant(graph, "weights", np.zeros(0, np.float32))
    return graph


def converter(graph: Any, folder: Path, outputs: list[str]) -> Any:
    path = folder / "graph.pb"
    path.write_bytes(graph.SerializeToString())
    return v1.TFLiteConverter.from_frozen_graph(path, ["x"], outputs)


def test_options_for_the_delegate_are_tensorflows_bytes(tmp_path: Path) -> None:
    graph = counted()
    add_bincount(graph.node, "counts", "x", "size", "weights").attr["T"].type = 1
    made = converter(graph, tmp_path, ["counts"])
    made.target_spec.supported_ops = WITH_FLEX
    with pytest.warns(UserWarning, match="Flex delegate"):
        assert custom_operators(made.convert()) == {"FlexBincount": BINCOUNT_FLEX}


def test_attributes_that_callers_of_functions_give_stand_in_the_options(tmp_path: Path) -> None:
    graph = counted()
    function = graph.library.function.add()
    function.signature.name = "count"
    function.signature.attr.add(name="W", type="type")
    for name in ("values", "size", "weights"):
        function.signature.input_arg.add(name=name, type=3)
    function.signature.output_arg.add(name="counts", type=1)
    function.ret["counts"] = "inner:bins:0"
    add_bincount(function.node_def, "inner", "values", "size", "weights").attr["T"].placeholder = "W"
    call = graph.node.add(name="call", op="PartitionedCall", input=["x", "size", "weights"])
    call.attr["f"].func.name = "count"
    call.attr["f"].func.attr["W"].type = 1
    made = converter(graph, tmp_path, ["call"])
    made.target_spec.supported_ops = WITH_FLEX
    with pytest.warns(UserWarning, match="Flex delegate"):
        assert custom_operators(made.convert()) == {"FlexBincount": BINCOUNT_FLEX}


def test_one_warning_lists_the_operators_by_node(tmp_path: Path) -> None:
    graph = counted()
    for name in ("first", "second"):
        add_bincount(graph.node, name, "x", "size", "weights").attr["T"].type = 1
    made = converter(graph, tmp_path, ["first", "second"])
    made.target_spec.supported_ops = WITH_FLEX
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = made.convert()
    said = [str(each.message) for each in caught if "Flex" in str(each.message)]
    assert len(said) == 1
    assert "2 nodes" in said[0]
    assert "first (Bincount)" in said[0]
    assert "second (Bincount)" in said[0]
    interpreter = lite.Interpreter(model_content=model)
    with pytest.raises(
        RuntimeError, match=r"Select TensorFlow op\(s\), included in the given model, is\(are\) not supp"
    ):
        interpreter.allocate_tensors()


def test_options_of_custom_operators_are_tensorflows_bytes(tmp_path: Path, shared: Path) -> None:
    graph = counted()
    add_bincount(graph.node, "counts", "x", "size", "weights").attr["T"].type = 1
    made = converter(graph, tmp_path, ["counts"])
    made.allow_custom_ops = True
    assert custom_operators(made.convert()) == {"Bincount": BINCOUNT_CUSTOM}
    odd = v1.TFLiteConverter.from_frozen_graph(
        shared / "scenarios" / "06_v1_cli" / "unknown_op_frozen.pb", ["x"], ["odd"]
    )
    odd.allow_custom_ops = True
    assert custom_operators(odd.convert()) == {"MyOddOp": ODD_CUSTOM}


def test_attributes_of_each_kind_are_tensorflows_bytes(tmp_path: Path) -> None:
    graph = new_graph()
    add_node(graph, "Placeholder", "x").attr["shape"].shape.dim.add().size = 4
    attrs = graph.node.add(name="odd", op="MyKinds", input=["x"]).attr
    attrs["T"].type, attrs["kind"].type = 1, 9
    attrs["count"].i, attrs["large"].i = -3, 2**40
    attrs["flag"].b, attrs["rate"].f, attrs["mode"].s = True, 0.1, b"fast"
    attrs["fractions"].list.f.extend([0.5, 1.25])
    attrs["names"].list.s.extend([b"a", b"bc"])
    attrs["sizes"].list.i.extend([1, 300])
    made = converter(graph, tmp_path, ["odd"])
    made.allow_custom_ops = True
    assert custom_operators(made.convert()) == {"MyKinds": KINDS_CUSTOM}


def test_without_leave_one_error_lists_all_unknown_operators(tmp_path: Path) -> None:
    graph = counted()
    for name, op in (("first", "Bincount"), ("second", "Odd")):
        graph.node.add(name=name, op=op, input=["x"]).attr["T"].type = 1
    with pytest.raises(ConverterError) as raised:
        converter(graph, tmp_path, ["first", "second"]).convert()
    for word in ("2 nodes", "first (Bincount)", "second (Odd)", "allow_custom_ops", "SELECT_TF_OPS"):
        assert word in str(raised.value)
