"""Names and edges of a GraphDef."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["functions_used", "is_control", "node_name", "nodes_by_name", "output_index", "reachable", "require_nodes"]


def is_control(reference: str) -> bool:
    """True for ``^node``: it runs before, and gives no value."""
    return reference.startswith("^")


def node_name(reference: str) -> str:
    """The node that an input (``node``, ``node:1``, ``^node``) comes from."""
    return reference.removeprefix("^").partition(":")[0]


def output_index(reference: str) -> int:
    """Which output of its node a data input is."""
    return int(reference.partition(":")[2] or 0)


def nodes_by_name(graph: Any) -> dict[str, Any]:
    """The nodes by their names.

    Raises:
        ValueError: two nodes have the same name.
    """
    nodes: dict[str, Any] = {}
    for node in graph.node:
        if nodes.setdefault(node.name, node) is not node:
            raise ValueError(
                f"two nodes of the graph are named '{node.name}'; the file is damaged or was edited wrongly"
            )
    return nodes


def require_nodes(nodes: dict[str, Any], names: Iterable[str]) -> None:
    """Check that the graph has nodes of these names.

    Raises:
        ValueError: it has not; names the nearest ones.
    """
    for name in names:
        if name in nodes:
            continue
        hint = ""
        if ":" in name and name.partition(":")[0] in nodes:
            hint = f"; '{name}' is an output, its node is '{name.partition(':')[0]}'"
        elif near := difflib.get_close_matches(name, nodes, n=3):
            hint = "; did you mean " + " or ".join(f"'{each}'" for each in near) + "?"
        raise ValueError(f"{name} is not in graph{hint}")


def reachable(nodes: dict[str, Any], outputs: Iterable[str], stop: frozenset[str] = frozenset()) -> set[str]:
    """Nodes that the outputs need, control edges counted; inputs of the nodes in ``stop`` are not followed.

    Raises:
        ValueError: an output is not in the graph, or a node reads from one that is not.
    """
    wanted = list(outputs)
    require_nodes(nodes, wanted)
    found: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        found.add(name)
        if name in stop:
            continue
        for reference in nodes[name].input:
            source = node_name(reference)
            if source not in nodes:
                raise ValueError(f"node '{name}' reads '{reference}', but the graph has no node '{source}'")
            wanted.append(source)
    return found


def functions_used(graph: Any) -> set[str]:
    """Functions of the library that the nodes refer to, directly or through other functions."""
    library = {function.signature.name: function for function in graph.library.function}
    found: set[str] = set()
    wanted = [name for node in graph.node for name in _functions_of(node)]
    while wanted:
        name = wanted.pop()
        if name in found or name not in library:
            continue
        found.add(name)
        wanted += [each for node in library[name].node_def for each in _functions_of(node)]
    return found


def _functions_of(node: Any) -> list[str]:
    names = [node.op]
    for value in node.attr.values():
        kind = value.WhichOneof("value")
        if kind == "func":
            names.append(value.func.name)
        elif kind == "list":
            names += [function.name for function in value.list.func]
    return names
