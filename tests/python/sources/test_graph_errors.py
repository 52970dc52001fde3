"""What is said of graphs that are damaged, incomplete or asked for in a wrong way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from litesmith import lite
from litesmith.compat.v1 import lite as v1
from litesmith.errors import ConverterError, ModelLimitError
from tests.python.tools.graphs import add_constant, add_node, new_graph

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def placeholder(graph: Any, name: str, *shape: int) -> None:
    node = add_node(graph, "Placeholder", name)
    for size in shape:
        node.attr["shape"].shape.dim.add().size = size


def dense() -> Any:
    """relu(x . w) of x [1, 4]."""
    graph = new_graph()
    placeholder(graph, "x", 1, 4)
    add_constant(graph, "w", np.ones((4, 3), np.float32))
    add_node(graph, "MatMul", "dense", "x", "w")
    add_node(graph, "Relu", "relu", "dense")
    return graph


def frozen(folder: Path, content: bytes, inputs: list[str], outputs: list[str], **options: Any) -> bytes:
    path = folder / "graph.pb"
    path.write_bytes(content)
    model: bytes = v1.TFLiteConverter.from_frozen_graph(path, inputs, outputs, **options).convert()
    return model


def refusal(error: type[Exception], act: Callable[[], Any]) -> str:
    with pytest.raises(error) as raised:
        act()
    return str(raised.value)


def require(text: str, *words: str) -> None:
    for word in words:
        assert word in text


MESSAGE = dense().SerializeToString()

FILES: list[tuple[str, bytes, type[Exception], list[str]]] = [
    ("cut off", MESSAGE[:-20], OSError, ["Unable to parse input file", "graph.pb", "at byte", "cut off"]),
    ("empty", b"", OSError, ["Unable to parse input file", "graph.pb", "empty"]),
    ("something else", bytes(range(256)), OSError, ["Unable to parse input file", "graph.pb"]),
    (
        "a length that lies",
        MESSAGE.replace(b"\x05dense\x12", b"\x7fdense\x12", 1),
        ValueError,
        ["graph.pb' is damaged at byte", "127 bytes", "are left", "Get the file again"],
    ),
    (
        "text with an open quote",
        b'node {\n  name: "x"\n  op: "Placeholder\n}\n',
        OSError,
        ["Unable to parse input file", "graph.pb", "line 3, column 7", "ending quote"],
    ),
    (
        "text with an unknown field",
        b'node {\n  name: "x"\n  opp: "Placeholder"\n}\n',
        OSError,
        ["Unable to parse input file", "line 3, column 3", '"opp"'],
    ),
]


@pytest.mark.parametrize(("content", "error", "words"), [case[1:] for case in FILES], ids=[case[0] for case in FILES])
def test_damaged_files_are_named_with_the_place(
    content: bytes, error: type[Exception], words: list[str], tmp_path: Path
) -> None:
    assert frozen(tmp_path, MESSAGE, ["x"], ["relu"])
    require(refusal(error, lambda: frozen(tmp_path, content, ["x"], ["relu"])), *words)


REQUESTS: list[tuple[list[str], list[str], dict[str, Any], type[Exception], list[str]]] = [
    (
        ["x"],
        ["rleu"],
        {},
        ValueError,
        ["the output array 'rleu' is not in the graph", "did you mean 'relu'"],
    ),
    (["xx"], ["relu"], {}, ValueError, ["the input array 'xx' is not in the graph", "litesmith graph list"]),
    (["x", "x:0"], ["relu"], {}, ValueError, ["input_arrays names x more than once"]),
    (["x"], ["relu:1"], {}, ValueError, ["'relu:1'", "result 1 of 'relu' (Relu)", "no such result"]),
    (["x"], ["relu:one"], {}, ValueError, ["'relu:one'", "'node' or 'node:0'"]),
    (["dense"], ["relu"], {}, ValueError, ["what shape the input array 'dense' has", "input_shapes={'dense'"]),
    (["x"], ["relu"], {"x": [4]}, ValueError, ["'x' has shape [1, 4]", "[4]", "unknown"]),
    (["x"], ["relu"], {"x": [1, 5]}, ValueError, ["'x' has shape [1, 4]", "[1, 5]"]),
    (["x"], ["relu"], {"z": [1, 4]}, ValueError, ["Invalid tensor 'z' found in tensor shapes map", "The inputs are x"]),
    (["x"], ["relu"], {"x": [1, -4]}, ValueError, ["the shape of 'x' is [1, -4]", "None for unknown"]),
    (["x"], ["relu"], {"x": "1,4"}, TypeError, ["the shape of 'x' is '1,4'", "whole numbers"]),
    (["x", "w"], ["relu"], [1, 4], ValueError, ["one shape, [1, 4]", "2 inputs", "give a dict such as {'x': [1, 4]"]),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("inputs", "outputs", "shapes", "error", "words"), REQUESTS)
def test_requests_that_do_not_fit_the_graph_name_what_does(
    inputs: list[str], outputs: list[str], shapes: Any, error: type[Exception], words: list[str], tmp_path: Path
) -> None:
    options = {"input_shapes": shapes} if shapes else {}
    require(refusal(error, lambda: frozen(tmp_path, MESSAGE, inputs, outputs, **options)), *words)


def add_function(graph: Any, name: str, callee: str) -> None:
    function = graph.library.function.add()
    function.signature.name = name
    function.signature.input_arg.add(name="a", type=1)
    function.signature.output_arg.add(name="y", type=1)
    function.ret["y"] = "inner:output:0"
    add_call(function.node_def.add(name="inner", input=["a"]), callee)


def add_call(node: Any, callee: str) -> None:
    node.op = "StatefulPartitionedCall"
    node.attr["f"].func.name = callee


def recursion(graph: Any) -> None:
    add_function(graph, "f", "f")
    add_call(graph.node.add(name="y", input=["x"]), "f")


def mutual_recursion(graph: Any) -> None:
    add_function(graph, "f", "g")
    add_function(graph, "g", "f")
    add_call(graph.node.add(name="y", input=["x"]), "f")


def missing_function(graph: Any) -> None:
    add_call(graph.node.add(name="y", input=["x"]), "gone")


def cycle(graph: Any) -> None:
    add_node(graph, "Add", "a", "x", "y")
    add_node(graph, "Relu", "y", "a")


def two_of_a_name(graph: Any) -> None:
    add_node(graph, "Relu", "y", "x")
    add_node(graph, "Tanh", "y", "x")


def missing_operand(graph: Any) -> None:
    add_node(graph, "Relu", "y", "gone")


def result_out_of_range(graph: Any) -> None:
    add_node(graph, "Relu", "y", "relu:9")


def one_operand_of_two(graph: Any) -> None:
    add_node(graph, "Add", "y", "x")


def two_types(graph: Any) -> None:
    add_constant(graph, "i", np.ones((1, 4), np.int32))
    add_node(graph, "Add", "y", "x", "i")


def sizes_that_do_not_fit(graph: Any) -> None:
    add_constant(graph, "v", np.ones((5, 3), np.float32))
    add_node(graph, "MatMul", "y", "x", "v")


def another_input(graph: Any) -> None:
    placeholder(graph, "x2", 1, 4)
    add_node(graph, "Add", "y", "x", "x2")


def variable(graph: Any) -> None:
    node = graph.node.add(name="state", op="VariableV2")
    node.attr["dtype"].type = 1
    node.attr["shape"].shape.dim.add().size = 4
    add_node(graph, "Add", "y", "x", "state")


def resource(graph: Any) -> None:
    node = graph.node.add(name="state", op="VarHandleOp")
    node.attr["dtype"].type = 1
    node.attr["shape"].shape.dim.add().size = 4
    graph.node.add(name="read", op="ReadVariableOp", input=["state"]).attr["dtype"].type = 1
    add_node(graph, "Add", "y", "x", "read")


def examples(graph: Any) -> None:
    graph.node.add(name="parse", op="ParseExampleV2", input=["x"])
    add_node(graph, "Relu", "y", "parse")


def compiled(graph: Any) -> None:
    graph.node.add(name="program", op="XlaCallModule", input=["x"])
    add_node(graph, "Relu", "y", "program")


def weights_without_end(graph: Any) -> None:
    graph.node[1].attr["value"].tensor.tensor_shape.dim[0].size = 2**40
    add_node(graph, "Relu", "y", "relu")


def negative_size(graph: Any) -> None:
    graph.node[1].attr["value"].tensor.tensor_shape.dim[0].size = -2
    add_node(graph, "Relu", "y", "relu")


def unknown_type(graph: Any) -> None:
    graph.node[1].attr["value"].tensor.dtype = 99
    add_node(graph, "Relu", "y", "relu")


FREEZE = "Please freeze the graph using freeze_graph.py"
GRAPHS: list[tuple[Callable[[Any], None], type[Exception], list[str]]] = [
    (recursion, ValueError, ["in a cycle: f -> f", "tf.while_loop"]),
    (mutual_recursion, ValueError, ["in a cycle: f -> g -> f"]),
    (missing_function, ValueError, ["'y' calls the function 'gone'", "does not have"]),
    (cycle, ValueError, ["computes a node from itself", "'a'", "'y'"]),
    (two_of_a_name, ValueError, ["two nodes have the name 'y'", "Tanh", "rename"]),
    (missing_operand, ValueError, ["'y' (Relu) reads a node that is missing: 'gone'"]),
    (result_out_of_range, ConverterError, ["y (Relu)", "reads result 9 of 'relu' (Relu)", "it has 1"]),
    (one_operand_of_two, ValueError, ["'y' (Add)", "operand 1 is missing", "it has 1"]),
    (two_types, ValueError, ["'y' (Add)", "'x' is float32", "'i' is int32", "cast"]),
    (sizes_that_do_not_fit, ValueError, ["'y' (MatMul)", "'x' ([1, 4])", "[3, 5]"]),
    (another_input, ValueError, ["'x2' (Placeholder)", "add 'x2' to them"]),
    (variable, ValueError, ["the variable 'state' has no value", FREEZE, "from_checkpoint"]),
    (resource, ValueError, ["the variable 'state' has no value", FREEZE]),
    (examples, ConverterError, ["parse (ParseExampleV2)", "tf.Example", "input arrays"]),
    (compiled, ConverterError, ["program (XlaCallModule)", "JAX", "TensorFlow backend"]),
    (weights_without_end, ModelLimitError, ["'w' (Const)", "1099511627776"]),
    (negative_size, ValueError, ["'w' (Const)", "dimension -2"]),
    (unknown_type, ConverterError, ["w (Const)", "99"]),
]


@pytest.mark.parametrize(("damage", "error", "words"), GRAPHS, ids=[case[0].__name__ for case in GRAPHS])
def test_graphs_that_cannot_be_are_refused_by_node(
    damage: Callable[[Any], None], error: type[Exception], words: list[str], tmp_path: Path
) -> None:
    graph = dense()
    damage(graph)
    require(refusal(error, lambda: frozen(tmp_path, graph.SerializeToString(), ["x"], ["y"])), *words)


def chain(length: int) -> bytes:
    graph = new_graph()
    placeholder(graph, "x", 1, 4)
    last = "x"
    for i in range(length):
        last = add_node(graph, "Exp", f"n{i}", last).name
    message: bytes = graph.SerializeToString()
    return message


def test_time_grows_with_the_length_of_a_chain_and_not_with_its_square(tmp_path: Path) -> None:
    seconds = {}
    for length in (5_000, 20_000):
        message = chain(length)
        start = time.perf_counter()
        model = frozen(tmp_path, message, ["x"], [f"n{length - 1}"])
        seconds[length] = time.perf_counter() - start
        assert len(lite.Interpreter(model_content=model)._get_ops_details()) == length
    # Four times the nodes; sixteen times the seconds would be a square. Seconds of a busy machine vary by two.
    assert seconds[20_000] < 10 * seconds[5_000]
    assert seconds[20_000] < 10


def test_a_long_chain_of_transposes_cancels_in_pairs(tmp_path: Path) -> None:
    graph = new_graph()
    placeholder(graph, "x", 1, 4, 3)
    add_constant(graph, "order", np.array([0, 2, 1], np.int32))
    last = "x"
    for i in range(1_000):
        add_node(graph, "Transpose", f"t{i}", last, "order")
        last = add_node(graph, "Exp", f"n{i}", f"t{i}").name
    model = frozen(tmp_path, graph.SerializeToString(), ["x"], [last])
    assert len(lite.Interpreter(model_content=model)._get_ops_details()) == 1_000


def test_a_signature_of_serialized_examples_names_the_node_that_parses_them(shared: Path) -> None:
    model = shared / "corpus" / "models" / "serving_half_plus_two_cpu"
    convert = lite.TFLiteConverter.from_saved_model(model, signature_keys=["regress_x_to_y"]).convert
    require(refusal(ConverterError, convert), "ParseExample", "tf.Example")
    behind = lite.TFLiteConverter.from_saved_model(model, signature_keys=["regress_x2_to_y3"]).convert()
    runner = lite.Interpreter(model_content=behind).get_signature_runner("regress_x2_to_y3")
    assert list(runner.get_input_details()) == ["inputs"]
