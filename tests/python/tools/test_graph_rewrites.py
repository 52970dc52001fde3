"""Graphs stripped, folded, drawn and summarized."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graphs import add_constant, add_node, every_kind, new_graph

from litesmith.tools import graph, graph_fold
from litesmith.tools.graph_tensors import array_of
from litesmith.tools.summarize_graph import summary


def names(message: Any) -> list[str]:
    return [node.name for node in message.node]


@pytest.fixture
def chain() -> Any:
    """x -> Identity a -> Relu b -> CheckNumerics c -> Neg d; e depends on a alone."""
    message = new_graph()
    add_node(message, "Placeholder", "x")
    add_node(message, "Identity", "a", "x")
    add_node(message, "Relu", "b", "a")
    add_node(message, "CheckNumerics", "c", "b:0")
    add_node(message, "Neg", "d", "c")
    add_node(message, "Abs", "e", "a")
    return message


def test_strip_keeps_what_the_outputs_need_and_leaves_the_given_graph_alone(chain: Any) -> None:
    before = chain.SerializeToString(deterministic=True)
    assert names(graph.strip(chain, ["d"])) == ["x", "a", "b", "c", "d"]
    assert names(graph.strip(chain, ["b", "e"])) == ["x", "a", "b", "e"]
    assert chain.SerializeToString(deterministic=True) == before


def test_strip_makes_placeholders_of_inputs(chain: Any) -> None:
    stripped = graph.strip(chain, ["d"], ["b"])
    assert names(stripped) == ["b", "c", "d"]
    assert (stripped.node[0].op, stripped.node[0].attr["dtype"].type) == ("Placeholder", 1)
    assert graph.strip(chain, ["d"], ["b"], input_types={"b": 3}).node[0].attr["dtype"].type == 3
    assert graph.strip(chain, ["d"], ["x"]).node[0] == chain.node[0]


def test_strip_takes_operators_out_that_pass_their_input_on(chain: Any) -> None:
    stripped = graph.strip(chain, ["d"], operators=["Identity", "CheckNumerics"])
    assert [(node.name, list(node.input)) for node in stripped.node] == [("x", []), ("b", ["x"]), ("d", ["b:0"])]
    assert names(graph.strip(chain, ["a"], operators=["Identity"])) == ["x", "a"]


def test_strip_keeps_nodes_that_order_others(chain: Any) -> None:
    chain.node[4].input.append("^a")
    assert "a" in names(graph.strip(chain, ["d"], operators=["Identity"]))


def test_strip_drops_functions_that_nothing_calls() -> None:
    message = every_kind()
    assert [each.signature.name for each in graph.strip(message, ["conv"]).library.function] == ["body"]
    assert not graph.strip(message, ["x"]).HasField("library")
    assert graph.strip(message, ["x"]).versions.producer == 1087


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"outputs": ["bb"]}, "bb is not in graph; did you mean 'b'"),
        ({"outputs": ["d:0"]}, "'d:0' is an output, its node is 'd'"),
        ({"outputs": ["b"], "inputs": ["e"]}, "do not depend on the input 'e'"),
        ({"outputs": ["d"], "operators": ["Placeholder"]}, "has 0 data inputs"),
    ],
)
def test_strip_says_what_is_wrong_with_names(chain: Any, arguments: dict[str, list[str]], reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        graph.strip(chain, **arguments)


def test_a_node_that_reads_from_none_and_two_nodes_of_one_name_are_refused(chain: Any) -> None:
    chain.node[2].input[0] = "nowhere:1"
    with pytest.raises(ValueError, match="'b' reads 'nowhere:1', but the graph has no node 'nowhere'"):
        graph.strip(chain, ["d"])
    chain.node[3].name = "b"
    with pytest.raises(ValueError, match="two nodes of the graph are named 'b'"):
        graph.strip(chain, ["d"])


def test_fold_computes_what_depends_on_constants_alone() -> None:
    message = new_graph()
    add_node(message, "Placeholder", "x")
    add_constant(message, "scale", np.array([1.0, 4.0], np.float32))
    add_constant(message, "small", np.float32(0.25))
    add_node(message, "Rsqrt", "root", "scale")
    add_node(message, "Mul", "factor", "root", "small")
    add_node(message, "Mul", "y", "x", "factor")
    add_node(message, "Identity", "ordered", "small", "^x")
    folded = graph.fold(message)
    assert names(folded) == ["x", "small", "factor", "y", "ordered"]
    assert folded.node[2].op == "Const"
    assert array_of(folded.node[2].attr["value"].tensor).tolist() == [0.25, 0.125]
    assert array_of(folded.node[2].attr["value"].tensor).dtype == np.float32
    assert "scale" in names(graph.fold(message, ["scale"]))
    assert names(message) == ["x", "scale", "small", "root", "factor", "y", "ordered"]


FLOATS = np.array([[1.0, 4.0, 0.25], [2.0, 0.5, 8.0]], np.float32)
RULES: dict[str, tuple[list[Any], dict[str, Any], Any]] = {
    "AddV2": ([FLOATS, np.float32(1)], {}, FLOATS + np.float32(1)),
    "Sub": ([FLOATS, FLOATS], {}, np.zeros_like(FLOATS)),
    "RealDiv": ([FLOATS, np.float32(2)], {}, FLOATS / np.float32(2)),
    "Maximum": ([FLOATS, np.float32(1)], {}, np.maximum(FLOATS, np.float32(1))),
    "Sqrt": ([FLOATS], {}, np.sqrt(FLOATS)),
    "Cast": ([FLOATS], {"DstT": 3}, FLOATS.astype(np.int32)),
    "Reshape": ([FLOATS, np.array([3, -1], np.int32)], {}, FLOATS.reshape(3, 2)),
    "Transpose": ([FLOATS, np.array([1, 0], np.int32)], {}, FLOATS.T),
    "ExpandDims": ([FLOATS, np.int32(-1)], {}, FLOATS[..., None]),
    "Squeeze": ([FLOATS[None]], {}, FLOATS),
    "Pack": ([np.int32(1), np.int32(2)], {}, np.array([1, 2], np.int32)),
    "ConcatV2": ([FLOATS, FLOATS, np.int32(1)], {}, np.concatenate([FLOATS, FLOATS], 1)),
    "Shape": ([FLOATS], {}, np.array([2, 3], np.int32)),
    "Fill": ([np.array([2, 2], np.int32), np.float32(7)], {}, np.full((2, 2), 7, np.float32)),
    "Range": ([np.int32(1), np.int32(7), np.int32(2)], {}, np.array([1, 3, 5], np.int32)),
    "Prod": ([np.array([2, 3, 4], np.int32), np.array([0], np.int32)], {}, np.array(24, np.int32)),
    "Sum": ([FLOATS, np.int32(1)], {}, FLOATS.sum(1)),
}


@pytest.mark.parametrize("op", RULES)
def test_fold_keeps_shapes_and_types_of_an_operator(op: str) -> None:
    operands, types, expected = RULES[op]
    message = new_graph()
    for number, operand in enumerate(operands):
        add_constant(message, f"c{number}", operand)
    node = add_node(message, op, "y", *(f"c{number}" for number in range(len(operands))))
    for name, code in types.items():
        node.attr[name].type = code
    folded = graph.fold(message)
    assert names(folded) == ["y"]
    value = array_of(folded.node[0].attr["value"].tensor)
    assert (value.dtype, value.shape) == (expected.dtype, expected.shape)
    np.testing.assert_array_equal(value, expected)


def test_fold_names_the_node_whose_operands_do_not_fit() -> None:
    message = new_graph()
    add_constant(message, "a", np.zeros(3, np.float32))
    add_constant(message, "b", np.zeros(2, np.float32))
    add_node(message, "Mul", "y", "a", "b")
    with pytest.raises(
        ValueError, match=r"node 'y' of operator Mul cannot be computed of constants of shapes \[3\], \[2\]"
    ):
        graph.fold(message)


def test_fold_leaves_a_large_fill_and_other_outputs_alone() -> None:
    message = new_graph()
    add_constant(message, "shape", np.array([1000, 1000], np.int32))
    add_constant(message, "value", np.float32(1))
    add_node(message, "Fill", "large", "shape", "value")
    add_node(message, "Unpack", "parts", "shape")
    add_node(message, "Neg", "second", "parts:1")
    assert [node.op for node in graph.fold(message).node] == ["Const", "Const", "Fill", "Unpack", "Neg"]
    assert "Unpack" not in graph_fold.FOLDED


def test_dot_has_a_box_per_node_and_an_arrow_per_input() -> None:
    message = new_graph()
    add_node(message, "Split", 'a"b\\c')
    add_node(message, "Neg", "d", 'a"b\\c:2', '^a"b\\c')
    lines = graph.dot(message).splitlines()
    assert lines[0] == "digraph graph_def {"
    assert lines[-1] == "}"
    assert r'  "a\"b\\c" [label="Split\na\"b\\c"];' in lines
    assert r'  "a\"b\\c" -> "d" [taillabel="2"];' in lines
    assert r'  "a\"b\\c" -> "d" [style=dashed];' in lines


def recorded(shared: Path, ending: str) -> list[tuple[Path, Path]]:
    """Files of scenario 9 and the graphs that they tell of."""
    scenarios = shared / "scenarios"
    graphs = {path.stem: path for path in scenarios.glob("0[567]_*/*.pb")}
    found = sorted((scenarios / "09_graph_tools").glob(f"*{ending}"))
    return [(path, graphs[path.name.removesuffix(ending)]) for path in found]


def test_the_summary_is_the_recorded_one(shared: Path) -> None:
    pairs = recorded(shared, ".summary.txt")
    assert len(pairs) == 10
    for path, model in pairs:
        assert summary(graph.load(model), model.name) + "\n" == path.read_text(), path.name


def test_the_listing_has_operators_and_names_as_tensorflow_sees_them(shared: Path) -> None:
    pairs = recorded(shared, ".operations.txt")
    assert len(pairs) == 8
    for path, model in pairs:
        theirs = [line.split()[:2] for line in path.read_text().splitlines()]
        ours = [line.split()[:2] for line in graph.listing(graph.load(model))]
        assert sorted(ours) == sorted(theirs), path.name


def test_stripping_and_folding_leave_the_operators_that_tensorflow_leaves(shared: Path) -> None:
    scenarios = shared / "scenarios"
    frozen = graph.load(scenarios / "06_v1_cli" / "float_frozen.pb")
    theirs = graph.load(scenarios / "09_graph_tools" / "float_no_training_nodes.pb")
    ours = graph.strip(frozen, ["outputs"], operators=["Identity"])
    assert {node.name: node for node in ours.node} == {node.name: node for node in theirs.node}
    trained = graph.load(scenarios / "05_tf1_graphs" / "cnn_unfrozen.pb")
    assert (len(trained.node), len(graph.strip(trained, ["rescnn/ln"]).node)) == (494, 54)
    folded = graph.fold(graph.load(scenarios / "06_v1_cli" / "float_bn_folded_frozen.pb"))
    assert Counter(node.op for node in folded.node)["Const"] == 12
    assert len(folded.node) == 31
