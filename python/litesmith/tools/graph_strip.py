"""Graphs without the nodes that their outputs do not need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litesmith.sources.message_classes import new_message
from litesmith.tools.graph_nodes import functions_used, is_control, node_name, nodes_by_name, reachable, require_nodes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["strip"]

_DT_FLOAT = 1


def strip(
    graph: Any,
    outputs: Collection[str] = (),
    inputs: Collection[str] = (),
    *,
    operators: Collection[str] = (),
    input_types: Mapping[str, int] | None = None,
) -> Any:
    """A new graph of what is needed alone; the given one stays as it is.

    Args:
        graph: a GraphDef, as ``load`` gives it.
        outputs: names of nodes; what none of them needs is left out, and functions that nothing calls. Without any,
            every node stays.
        inputs: names of nodes that become placeholders, so that what stands before them is left out.
        operators: operators such as ``Identity`` or ``CheckNumerics`` that pass their only input on: their nodes are
            taken out, except outputs and those that order other nodes.
        input_types: DataType of placeholders made of inputs, by name; without it the node's ``dtype`` or ``T``.

    Raises:
        ValueError: a name is not in the graph, or a node of ``operators`` has not exactly one data input.
    """
    nodes = nodes_by_name(graph)
    require_nodes(nodes, [*outputs, *inputs])
    kept = reachable(nodes, outputs, frozenset(inputs)) if outputs else set(nodes)
    missing = [name for name in inputs if name not in kept]
    if missing:
        raise ValueError(f"the outputs do not depend on the input '{missing[0]}'")
    stripped = _without_nodes(graph)
    for node in graph.node:
        if node.name in inputs:
            stripped.node.append(_placeholder(node, (input_types or {}).get(node.name)))
        elif node.name in kept:
            stripped.node.add().CopyFrom(node)
    if operators:
        stripped = _spliced(stripped, frozenset(operators), frozenset(outputs))
    _drop_unused_functions(stripped)
    return stripped


def _without_nodes(graph: Any) -> Any:
    empty = new_message("GraphDef")
    empty.library.CopyFrom(graph.library)
    if graph.HasField("versions"):
        empty.versions.CopyFrom(graph.versions)
    empty.version = graph.version
    return empty


def _placeholder(node: Any, given: int | None) -> Any:
    if node.op == "Placeholder":
        return node
    made = new_message("NodeDef")
    made.name, made.op, made.device = node.name, "Placeholder", node.device
    attrs = node.attr
    stated = next((attrs[name].type for name in ("dtype", "T", "DstT") if name in attrs), _DT_FLOAT)
    made.attr["dtype"].type = given if given is not None else stated
    for name in ("shape", "_output_shapes"):
        if name in attrs:
            made.attr[name].CopyFrom(attrs[name])
    return made


def _spliced(graph: Any, operators: frozenset[str], outputs: frozenset[str]) -> Any:
    orders = {node_name(each) for node in graph.node for each in node.input if is_control(each)}
    source: dict[str, str] = {}
    for node in graph.node:
        if node.op not in operators or node.name in outputs or node.name in orders:
            continue
        data = [each for each in node.input if not is_control(each)]
        if len(data) != 1:
            raise ValueError(
                f"node '{node.name}' of operator {node.op} has {len(data)} data inputs; only operators that pass their "
                "one input on can be taken out"
            )
        if len(data) == len(node.input):
            source[node.name] = data[0]
    result = _without_nodes(graph)
    for node in graph.node:
        if node.name in source:
            continue
        kept = result.node.add()
        kept.CopyFrom(node)
        del kept.input[:]
        kept.input.extend(_resolved(reference, source) for reference in node.input)
    return result


def _resolved(reference: str, source: dict[str, str]) -> str:
    while not is_control(reference) and node_name(reference) in source:
        reference = source[node_name(reference)]
    return reference


def _drop_unused_functions(graph: Any) -> None:
    used = functions_used(graph)
    functions = [function for function in graph.library.function if function.signature.name in used]
    gradients = [each for each in graph.library.gradient if each.function_name in used]
    del graph.library.function[:]
    graph.library.function.extend(functions)
    del graph.library.gradient[:]
    graph.library.gradient.extend(gradients)
    if not functions and not gradients and not graph.library.registered_gradients:
        graph.ClearField("library")
