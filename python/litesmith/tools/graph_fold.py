"""Constants computed once, when a graph is written, instead of whenever it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith.sources.message_classes import new_message
from litesmith.tools.graph_nodes import is_control, node_name, nodes_by_name, output_index
from litesmith.tools.graph_tensors import array_of, numpy_type, tensor_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    Array = np.ndarray[Any, np.dtype[Any]]
    Rule = Callable[[Any, list[Array]], Array]

__all__ = ["FOLDED", "fold"]

# Results larger than this and than all operands together stay operators: a Fill is smaller than what it makes.
_LARGEST_GROWTH = 1 << 16


def _elementwise(function: Callable[..., Array]) -> Rule:
    return lambda _, values: function(*values)


def _axis_last(function: Callable[[list[Array], int], Array]) -> Rule:
    return lambda _, values: function(values[:-1], int(values[-1]))


def _reduction(function: Callable[..., Array]) -> Rule:
    def rule(node: Any, values: list[Array]) -> Array:
        axes = tuple(int(axis) for axis in np.ravel(values[1]))
        return function(values[0], axis=axes, keepdims=node.attr["keep_dims"].b, dtype=values[0].dtype)

    return rule


def _divide(node: Any, values: list[Array]) -> Array:
    if values[0].dtype.kind not in "fc":
        raise ValueError(f"{node.op} of integers")
    return values[0] / values[1]


def _transpose(node: Any, values: list[Array]) -> Array:
    del node
    return np.transpose(values[0], [int(axis) for axis in values[1]])


def _squeeze(node: Any, values: list[Array]) -> Array:
    axes = tuple(node.attr["squeeze_dims"].list.i)
    return np.squeeze(values[0], axis=axes or None)


def _shape_type(node: Any) -> Any:
    return numpy_type(node.attr["out_type"].type) if node.attr["out_type"].type else np.int32


# Operator -> its result from the node and its data operands, with TensorFlow's element types.
FOLDED: dict[str, Rule] = {
    "Identity": lambda _, values: values[0],
    "Snapshot": lambda _, values: values[0],
    "StopGradient": lambda _, values: values[0],
    "Add": _elementwise(np.add),
    "AddV2": _elementwise(np.add),
    "Sub": _elementwise(np.subtract),
    "Mul": _elementwise(np.multiply),
    "RealDiv": _divide,
    "Maximum": _elementwise(np.maximum),
    "Minimum": _elementwise(np.minimum),
    "Neg": _elementwise(np.negative),
    "Abs": _elementwise(np.abs),
    "Square": _elementwise(np.square),
    "Sqrt": _elementwise(np.sqrt),
    "Rsqrt": _elementwise(lambda x: (1 / np.sqrt(x)).astype(x.dtype)),
    "Exp": _elementwise(np.exp),
    "Log": _elementwise(np.log),
    "Cast": lambda node, values: values[0].astype(numpy_type(node.attr["DstT"].type)),
    "Reshape": lambda _, values: np.reshape(values[0], [int(size) for size in values[1]]),
    "Transpose": _transpose,
    "ExpandDims": lambda _, values: np.expand_dims(values[0], int(values[1])),
    "Squeeze": _squeeze,
    "Pack": lambda node, values: np.stack(values, axis=node.attr["axis"].i),
    "ConcatV2": _axis_last(lambda parts, axis: np.concatenate(parts, axis=axis)),
    "Shape": lambda node, values: np.array(values[0].shape, _shape_type(node)),
    "Size": lambda node, values: np.array(values[0].size, _shape_type(node)),
    "Rank": lambda _, values: np.array(values[0].ndim, np.int32),
    "Fill": lambda _, values: np.full([int(size) for size in values[0]], values[1]),
    "ZerosLike": _elementwise(np.zeros_like),
    "OnesLike": _elementwise(np.ones_like),
    "Range": lambda _, values: np.arange(*(value.item() for value in values), dtype=values[0].dtype),
    "Prod": _reduction(np.prod),
    "Sum": _reduction(np.sum),
}


def fold(graph: Any, outputs: Collection[str] = ()) -> Any:
    """A new graph in which nodes that depend on constants alone are constants.

    Folds the operators of ``FOLDED``; numbers are computed in the type of the operands. Constants that no node reads
    any more are left out, except ``outputs``.

    Raises:
        ValueError: a constant is damaged, or a node has operands that its operator cannot take.
    """
    nodes = nodes_by_name(graph)
    values = {node.name: array_of(node.attr["value"].tensor) for node in graph.node if node.op == "Const"}
    results = _results(nodes, values)
    folded = new_message("GraphDef")
    folded.CopyFrom(graph)
    for node in folded.node:
        if node.name in results:
            _make_constant(node, results[node.name])
    _drop_unread(folded, {*values, *results}, _read(graph), frozenset(outputs))
    return folded


def _results(nodes: dict[str, Any], constants: dict[str, Array]) -> dict[str, Array]:
    """Values of the nodes to fold, each after those that it reads."""
    known = dict(constants)
    readers: dict[str, list[str]] = {}
    for name, node in nodes.items():
        for reference in node.input:
            readers.setdefault(node_name(reference), []).append(name)
    waiting = [reader for name in constants for reader in readers.get(name, [])]
    waiting += [name for name, node in nodes.items() if node.op == "Shape"]
    while waiting:
        name = waiting.pop()
        if name in known:
            continue
        value = _value(nodes[name], known)
        if value is not None:
            known[name] = value
            waiting += readers.get(name, [])
    return {name: value for name, value in known.items() if name not in constants}


def _value(node: Any, known: dict[str, Array]) -> Array | None:
    if node.op not in FOLDED or not node.input:
        return None
    sources = [node_name(reference) for reference in node.input]
    if any(is_control(reference) or output_index(reference) for reference in node.input):
        return None
    if any(source not in known for source in sources):
        return None
    operands = [known[source] for source in sources]
    if node.op == "Fill" and np.prod(operands[0].astype(float)) > _LARGEST_GROWTH:
        return None
    try:
        with np.errstate(all="ignore"):
            return np.asarray(FOLDED[node.op](node, operands))
    except (ValueError, IndexError, TypeError) as error:
        shapes = ", ".join(str(list(value.shape)) for value in operands)
        msg = f"node '{node.name}' of operator {node.op} cannot be computed of constants of shapes {shapes}: {error}"
        raise ValueError(msg) from error


def _make_constant(node: Any, value: Array) -> None:
    name, device = node.name, node.device
    node.Clear()
    node.name, node.op, node.device = name, "Const", device
    tensor = tensor_of(value)
    node.attr["dtype"].type = tensor.dtype
    node.attr["value"].tensor.CopyFrom(tensor)


def _read(graph: Any) -> set[str]:
    return {node_name(reference) for node in graph.node for reference in node.input}


def _drop_unread(graph: Any, constants: set[str], read_before: set[str], outputs: frozenset[str]) -> None:
    """Leave out constants that were read before and no longer are."""
    read = _read(graph)
    kept = [
        node
        for node in graph.node
        if node.name in outputs or node.name in read or node.name not in constants or node.name not in read_before
    ]
    remaining = new_message("GraphDef")
    remaining.node.extend(kept)
    del graph.node[:]
    graph.node.extend(remaining.node)
