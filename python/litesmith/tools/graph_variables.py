"""Variables of a GraphDef become constants with a checkpoint's values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith.sources.message_classes import new_message
from litesmith.tools.graph_nodes import is_control, node_name
from litesmith.tools.graph_tensors import can_hold, tensor_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    Array = np.ndarray[Any, np.dtype[Any]]

__all__ = ["VARIABLES", "variables_to_constants"]

#: Operators that hold values which a checkpoint has.
VARIABLES = frozenset({"Variable", "VariableV2", "VarHandleOp"})

_FIRST_REFERENCE = 100
_DT_INT32 = 3
# What reads a variable through its handle -> what reads a constant, and the attribute that has the type.
_READERS = {
    "ReadVariableOp": ("Identity", "T"),
    "Identity": ("Identity", "T"),
    "ResourceGather": ("GatherV2", "Tparams"),
    "ResourceGatherNd": ("GatherNd", "Tparams"),
    "VariableShape": ("Shape", "T"),
}
# Attributes that only the form with a handle has.
_HANDLE_ATTRS = ("dtype", "validate_indices", "_class")
# What takes a variable by reference -> what takes its value.
_BY_VALUE = {f"Ref{name}": name for name in ("Enter", "Exit", "Identity", "Merge", "NextIteration", "Switch")}
_WRITERS = ("Apply", "Assign", "CountUpTo", "IsVariableInitialized", "Resource", "Scatter", "SparseApply", "VarIsInit")


def variables_to_constants(graph: Any, values: Mapping[str, Array], kept: Collection[str] = ()) -> Any:
    """A new graph whose variables are constants, with values by the names of their nodes; those in ``kept`` stay.

    Raises:
        ValueError: a variable has no value in the checkpoint, or one of another type or shape; or an operator writes to
            it or passes it to a function.
    """
    frozen = new_message("GraphDef")
    frozen.CopyFrom(graph)
    types: dict[str, int] = {}  # nodes that were handles -> the type of what they hold
    references = set()
    for node in frozen.node:
        if node.op in VARIABLES and node.name not in kept:
            if node.op == "VarHandleOp":
                types[node.name] = _type(node)
            else:
                references.add(node.name)
            _to_constant(node, values)
    for node in frozen.node:
        _check_writes(node, {*types, *references})
        if any(node_name(each) in references for each in node.input):
            node.op = _BY_VALUE.get(node.op, node.op)
    _read_constants(frozen, types)
    frozen.library.SetInParent()  # as TensorFlow writes it, with functions or without
    return frozen


def _type(variable: Any) -> int:
    code: int = variable.attr["dtype"].type
    return code - _FIRST_REFERENCE if code > _FIRST_REFERENCE else code


def _to_constant(node: Any, values: Mapping[str, Array]) -> None:
    if node.name not in values:
        raise ValueError(f"variable '{node.name}' has no value; give the checkpoint that was saved from this graph")
    code, value = _type(node), values[node.name]
    if not can_hold(code, value.dtype):
        raise ValueError(
            f"variable '{node.name}' is of type {code} in the graph, but its value in the checkpoint is {value.dtype}"
        )
    _check_shape(node, list(value.shape))
    name, device = node.name, node.device
    node.Clear()
    node.name, node.op, node.device = name, "Const", device
    node.attr["dtype"].type = code
    node.attr["value"].tensor.CopyFrom(tensor_of(value, code))


def _check_shape(node: Any, found: list[int]) -> None:
    if "shape" not in node.attr or node.attr["shape"].shape.unknown_rank:
        return
    stated = [dim.size for dim in node.attr["shape"].shape.dim]
    if len(stated) != len(found) or any(size not in (-1, other) for size, other in zip(stated, found, strict=True)):
        raise ValueError(
            f"variable '{node.name}' has the shape {stated} in the graph, but {found} in the checkpoint; "
            "the checkpoint is of another model"
        )


def _check_writes(node: Any, constants: set[str]) -> None:
    if not node.op.startswith(_WRITERS) or node.op in _READERS:
        return
    for reference in node.input:
        if not is_control(reference) and node_name(reference) in constants:
            raise ValueError(
                f"node '{node.name}' of operator {node.op} writes to the variable '{node_name(reference)}', which "
                "cannot be a constant then; name outputs that need no training nodes, or keep the variable "
                f"(variable_names_denylist='{node_name(reference)}')"
            )


def _read_constants(graph: Any, types: dict[str, int]) -> None:
    """Put operators of values in the place of those that read through a handle."""
    _follow_identities(graph, types)
    for node in list(graph.node):
        data = [node_name(reference) for reference in node.input if not is_control(reference)]
        if types.keys().isdisjoint(data):
            continue
        if node.op not in _READERS or data[0] not in types:
            variable = next(name for name in data if name in types)
            raise ValueError(
                f"node '{node.name}' of operator {node.op} passes the variable '{variable}' on; only operators that "
                "read a variable can be frozen. Convert the graph with its checkpoint directly: "
                "TFLiteConverter.from_checkpoint or from_saved_model"
            )
        _read_constant(graph, node, types[data[0]])


def _follow_identities(graph: Any, types: dict[str, int]) -> None:
    waiting = [node for node in graph.node if node.op == "Identity" and node.input]
    changed = True
    while changed:
        found = [node for node in waiting if node_name(node.input[0]) in types]
        types.update({node.name: types[node_name(node.input[0])] for node in found})
        waiting = [node for node in waiting if node.name not in types]
        changed = bool(found)


def _read_constant(graph: Any, node: Any, code: int) -> None:
    was = node.op
    node.op, attr = _READERS[was]
    for name in _HANDLE_ATTRS:
        if was != "Identity" and name in node.attr:
            del node.attr[name]
    node.attr[attr].type = code
    if was == "ResourceGather":
        node.attr["Taxis"].type = _DT_INT32
        _add_axis(graph, node)
    if was == "VariableShape" and "out_type" not in node.attr:
        node.attr["out_type"].type = _DT_INT32


def _add_axis(graph: Any, node: Any) -> None:
    axis = graph.node.add(name=f"{node.name}/axis", op="Const", device=node.device)
    axis.attr["dtype"].type = _DT_INT32
    batch_dims = node.attr["batch_dims"].i if "batch_dims" in node.attr else 0
    axis.attr["value"].tensor.CopyFrom(tensor_of(np.array(batch_dims, np.int32)))
    control = [reference for reference in node.input if is_control(reference)]
    data = [reference for reference in node.input if not is_control(reference)]
    del node.input[:]
    node.input.extend([*data, axis.name, *control])
