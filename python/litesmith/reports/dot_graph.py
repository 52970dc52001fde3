"""A model as a graph in the language of Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["dot_graph", "tensor_text"]


def dot_graph(model: Mapping[str, Any], title: str) -> str:
    """The text of a digraph: a box per operator, edges with type and shape, a cluster per graph.

    Args:
        model: the description of a model (cpp/tools/describe.h), parsed.
        title: stands above the drawing.
    """
    lines = [
        f"digraph {_quoted(title)} {{",
        f'  graph [label={_quoted(title)}, labelloc=t, compound=true, fontname="Helvetica"];',
        '  node [fontname="Helvetica", fontsize=11];',
        '  edge [fontname="Helvetica", fontsize=9];',
    ]
    for index, graph in enumerate(model["graphs"]):
        lines += [
            f"  subgraph {_quoted(f'cluster_{index}')} {{",
            f"    label={_quoted(graph['name'] or f'graph {index}')};",
        ]
        lines += [f"    {line}" for line in _graph(index, graph)]
        lines.append("  }")
    return "\n".join([*lines, "}", ""])


def tensor_text(tensor: Mapping[str, Any]) -> str:
    """Type and shape, such as ``float32[1, 28, 28, ?]``."""
    return f"{tensor['type']}[{', '.join('?' if size < 0 else str(size) for size in tensor['shape'])}]"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + "".join(letter if letter.isprintable() else " " for letter in escaped) + '"'


def _graph(index: int, graph: Mapping[str, Any]) -> Iterator[str]:
    tensors = graph["tensors"]
    makers = {number: f"op{index}_{place}" for place, one in enumerate(graph["operators"]) for number in one["outputs"]}
    used = {number for one in graph["operators"] for number in one["inputs"] if number >= 0} | set(graph["outputs"])
    for number, tensor in enumerate(tensors):
        if number in graph["inputs"]:
            yield _node(f"t{index}_{number}", [tensor["name"], tensor_text(tensor)], "ellipse", "#cfe3ff")
        elif tensor["constant"] and number in used:
            yield _node(f"t{index}_{number}", [tensor["name"], tensor_text(tensor)], "cylinder", "#eeeeee")
    for place, one in enumerate(graph["operators"]):
        name = f"op{index}_{place}"
        yield _node(name, [one["name"], *([one["layer"]] if one["layer"] else [])], "box", "#ffe9c7")
        for number in one["inputs"]:
            if number >= 0:
                yield _edge(makers.get(number, f"t{index}_{number}"), name, tensors[number])
    for place, number in enumerate(graph["outputs"]):
        result = f"out{index}_{place}"
        yield _node(result, [tensors[number]["name"], tensor_text(tensors[number])], "ellipse", "#d3f2d3")
        yield _edge(makers.get(number, f"t{index}_{number}"), result, tensors[number])


def _node(name: str, lines: list[str], shape: str, color: str) -> str:
    label = _quoted("\n".join(lines))
    return f'{_quoted(name)} [label={label}, shape={shape}, style=filled, fillcolor="{color}"];'


def _edge(start: str, end: str, tensor: Mapping[str, Any]) -> str:
    quantized = f"\n{tensor['quantization']}" if tensor["quantization"] else ""
    return f"{_quoted(start)} -> {_quoted(end)} [label={_quoted(tensor_text(tensor) + quantized)}];"
