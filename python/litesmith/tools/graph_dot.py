"""Graphs as text of Graphviz."""

from __future__ import annotations

from typing import Any

from litesmith.tools.graph_nodes import is_control, node_name, output_index

__all__ = ["dot"]

# Fill colours by operator; the rest stay white.
_COLOURS = {
    "Const": "#eeeeee",
    "Placeholder": "#cce5ff",
    "PlaceholderWithDefault": "#cce5ff",
    "VariableV2": "#ffe8cc",
    "Variable": "#ffe8cc",
    "VarHandleOp": "#ffe8cc",
}


def dot(graph: Any) -> str:
    """A GraphDef as DOT: a box per node with its operator and name, dashed arrows for control edges.

    An arrow from another output than the first carries its number.
    """
    lines = ["digraph graph_def {", "  rankdir=TB;", '  node [shape=box, style="rounded,filled", fillcolor=white];']
    for node in graph.node:
        colour = f', fillcolor="{_COLOURS[node.op]}"' if node.op in _COLOURS else ""
        lines.append(f'  {_quoted(node.name)} [label="{_escaped(node.op)}\\n{_escaped(node.name)}"{colour}];')
    for node in graph.node:
        lines += [_edge(reference, node.name) for reference in node.input]
    return "\n".join([*lines, "}", ""])


def _edge(reference: str, target: str) -> str:
    style = ""
    if is_control(reference):
        style = " [style=dashed]"
    elif index := output_index(reference):
        style = f' [taillabel="{index}"]'
    return f"  {_quoted(node_name(reference))} -> {_quoted(target)}{style};"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
