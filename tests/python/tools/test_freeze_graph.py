"""Graphs frozen with their checkpoints, as TensorFlow freezes them."""

from __future__ import annotations

import inspect
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graphs import add_node, new_graph

from litesmith.tools import freeze_graph as command
from litesmith.tools import graph
from litesmith.tools.freeze_graph import freeze_graph
from litesmith.tools.graph_tensors import array_of
from litesmith.tools.graph_variables import variables_to_constants
from litesmith.tools.inspect_checkpoint import print_tensors_in_checkpoint_file

POSITIONAL = (
    "input_graph input_saver input_binary input_checkpoint output_node_names restore_op_name filename_tensor_name "
    "output_graph clear_devices initializer_nodes variable_names_whitelist variable_names_denylist input_meta_graph "
    "input_saved_model_dir saved_model_tags checkpoint_version"
).split()


@pytest.fixture
def models(shared: Path) -> Path:
    return shared / "scenarios" / "05_tf1_graphs"


def freeze(models: Path, **changed: Any) -> Any:
    """The trained network frozen at its softmax, with some arguments changed."""
    arguments: dict[str, Any] = {
        "input_graph": models / "cnn_unfrozen.pbtxt",
        "input_saver": "",
        "input_binary": False,
        "input_checkpoint": models / "model_dir" / "model.ckpt-320",
        "output_node_names": "rescnn/ln",
        "restore_op_name": "",
        "filename_tensor_name": "",
        "output_graph": "",
        "clear_devices": True,
        "initializer_nodes": "",
    }
    return freeze_graph(**{**arguments, **changed})


def test_the_arguments_are_tensorflows_in_its_order() -> None:
    assert list(inspect.signature(freeze_graph).parameters) == POSITIONAL


def test_a_graph_and_its_checkpoint_freeze_to_tensorflows_graph(models: Path, tmp_path: Path) -> None:
    theirs = graph.load(models / "cnn_frozen.pb")
    frozen = freeze(models, output_graph=tmp_path / "frozen.pb")
    assert frozen == theirs
    assert graph.load(tmp_path / "frozen.pb") == theirs
    assert freeze(models, input_graph=models / "cnn_unfrozen.pb", input_binary=True) == theirs
    older = freeze(models, input_checkpoint=models / "model_dir" / "model.ckpt-240")
    assert [node.op for node in older.node] == [node.op for node in theirs.node]
    assert older != theirs


def test_a_meta_graph_freezes_too_and_with_resource_variables(models: Path) -> None:
    meta = freeze(models, input_graph="", input_meta_graph=models / "model_dir" / "model.ckpt-320.meta")
    assert meta == graph.load(models / "cnn_frozen.pb")
    folder = models / "model_dir_resource"
    resource = freeze(
        models, input_graph="", input_meta_graph=folder / "model.ckpt.meta", input_checkpoint=folder / "model.ckpt"
    )
    assert resource == graph.load(models / "resource_frozen.pb")
    bare = freeze(models, input_graph=models / "resource_unfrozen.pbtxt", input_checkpoint=folder / "model.ckpt")
    assert [node.op for node in bare.node] == [node.op for node in resource.node]


def test_named_variables_stay_or_alone_become_constants(models: Path) -> None:
    def constants(**changed: str) -> int:
        return sum(node.op == "Const" for node in freeze(models, **changed).node)

    assert constants() == 18
    assert constants(variable_names_denylist="rescnn/fc_b") == 17
    assert constants(variable_names_whitelist="rescnn/fc_b, rescnn/fc_w") == 18 - 13 + 2
    kept = freeze(models, variable_names_denylist="rescnn/fc_b")
    assert [node.name for node in kept.node if node.op == "VariableV2"] == ["rescnn/fc_b"]


def test_devices_are_cleared_on_request_alone(models: Path) -> None:
    assert not any(node.device for node in freeze(models).node)
    unchanged = freeze(models, clear_devices=False)
    source = {node.name: node.device for node in graph.load(models / "cnn_unfrozen.pb").node}
    assert all(node.device == source[node.name] for node in unchanged.node)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"output_node_names": "nothing"}, "nothing is not in graph"),
        ({"output_node_names": "rescnn/ln:0"}, "its node is 'rescnn/ln'"),
        ({"output_node_names": ""}, "output_node_names is empty"),
        ({"input_checkpoint": "model_dir/none"}, "Input checkpoint 'model_dir/none' doesn't exist!"),
        ({"input_checkpoint": ""}, "input_checkpoint is empty"),
        ({"initializer_nodes": "init"}, "leave it empty"),
        ({"input_meta_graph": "a.meta"}, "give one of input_graph, input_meta_graph"),
    ],
)
def test_what_cannot_be_frozen_is_refused_with_the_way_out(models: Path, changed: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        freeze(models, **changed)


def test_a_variable_without_a_value_is_named(models: Path) -> None:
    with pytest.raises(ValueError, match=r"variable 'made_after_the_saver'.* has no value"):
        freeze(models, output_node_names="made_after_the_saver")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (np.zeros(10, np.float32), r"has the shape \[12\] in the graph, but \[10\] in the checkpoint"),
        (np.zeros((12, 1), np.float32), r"has the shape \[12\] in the graph, but \[12, 1\]"),
        (np.zeros(12, np.int32), "is of type 1 in the graph, but its value in the checkpoint is int32"),
        (None, "variable 'v' has no value"),
    ],
)
def test_values_of_another_model_are_refused_by_shape_and_type(value: np.ndarray | None, reason: str) -> None:
    message = new_graph()
    variable = message.node.add(name="v", op="VariableV2")
    variable.attr["dtype"].type = 101
    variable.attr["shape"].shape.dim.add().size = 12
    fitting = variables_to_constants(message, {"v": np.arange(12, dtype=np.float32)})
    assert array_of(fitting.node[0].attr["value"].tensor).tolist() == list(range(12))
    with pytest.raises(ValueError, match=reason):
        variables_to_constants(message, {} if value is None else {"v": value})


def test_a_gather_from_a_variable_gathers_from_the_constant() -> None:
    message = new_graph()
    message.node.add(name="table", op="VarHandleOp").attr["dtype"].type = 1
    add_node(message, "Placeholder", "ids", dtype=3)
    gather = message.node.add(name="rows", op="ResourceGather", input=["table", "ids"])
    gather.attr["dtype"].type, gather.attr["Tindices"].type = 1, 3
    frozen = {node.name: node for node in variables_to_constants(message, {"table": np.eye(3, dtype=np.float32)}).node}
    assert (frozen["rows"].op, list(frozen["rows"].input)) == ("GatherV2", ["table", "ids", "rows/axis"])
    assert {name: value.type for name, value in frozen["rows"].attr.items()} == {
        "Tparams": 1,
        "Tindices": 3,
        "Taxis": 3,
    }
    assert array_of(frozen["rows/axis"].attr["value"].tensor).item() == 0


def test_an_operator_that_writes_or_passes_a_handle_on_is_named(models: Path, tmp_path: Path) -> None:
    message = new_graph()
    handle = message.node.add(name="rescnn/fc_b", op="VarHandleOp")
    handle.attr["dtype"].type = 1
    add_node(message, "ReadVariableOp", "read", "rescnn/fc_b")
    add_node(message, "AssignVariableOp", "write", "rescnn/fc_b", "read")
    add_node(message, "StatefulPartitionedCall", "call", "rescnn/fc_b")
    graph.save(message, tmp_path / "handles.pb")
    source = tmp_path / "handles.pb"
    read = freeze(models, input_graph=source, output_node_names="read")
    assert [(node.name, node.op) for node in read.node] == [("rescnn/fc_b", "Const"), ("read", "Identity")]
    with pytest.raises(ValueError, match="'write' of operator AssignVariableOp writes to the variable 'rescnn/fc_b'"):
        freeze(models, input_graph=source, output_node_names="write")
    with pytest.raises(ValueError, match="'call' of operator StatefulPartitionedCall passes the variable"):
        freeze(models, input_graph=source, output_node_names="call")


def test_the_command_writes_the_graph_and_says_how_large_it_is(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(models / "cnn_unfrozen.pbtxt", tmp_path / "graph.pbtxt")
    flags = [
        f"--input_graph={tmp_path / 'graph.pbtxt'}",
        f"--input_checkpoint={models / 'model_dir' / 'model.ckpt-320'}",
        "--output_node_names=rescnn/ln",
        f"--output_graph={tmp_path / 'frozen.pb'}",
    ]
    assert command.main(flags) == 0
    assert "54 operators in the final graph" in capsys.readouterr().err
    assert graph.load(tmp_path / "frozen.pb") == graph.load(models / "cnn_frozen.pb")
    assert command.main([*flags[:2], "--output_node_names=no", flags[3]]) == 1
    assert "error: no is not in graph" in capsys.readouterr().err


def test_a_checkpoint_is_listed_with_types_shapes_and_the_number_of_parameters(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print_tensors_in_checkpoint_file(models / "model_dir", "", False, True)
    lines = capsys.readouterr().out.splitlines()
    assert "tensor: rescnn/fc_w (float32) [72, 10]" in lines
    assert len(lines) == 35
    print_tensors_in_checkpoint_file(models / "model_dir", "rescnn/fc_b", count_exclude_pattern="Adam|power|step")
    assert capsys.readouterr().out.splitlines()[-1] == "# Total number of params: 1514"
