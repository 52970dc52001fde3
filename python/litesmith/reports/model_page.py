"""A model as one HTML page that needs nothing else."""

from __future__ import annotations

import html
from importlib import resources
from typing import TYPE_CHECKING, Any

from litesmith.reports.dot_graph import tensor_text
from litesmith.reports.graph_drawing import graph_drawing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["document", "graph_tables", "model_page", "table"]

# A drawing with more operators than this is no longer readable, nor quick to show.
_MOST_DRAWN = 2000


def model_page(model: Mapping[str, Any], name: str, size: int) -> str:
    """A page with the graphs, operators, tensors, signatures and metadata of a model.

    Args:
        model: its description (cpp/tools/describe.h), parsed.
        name: stands above the page.
        size: bytes of the file.
    """
    said = html.escape(model["description"] or "no description")
    return document(name, f"<h1>{html.escape(name)}</h1><p>{size:,} bytes; {said}</p>{''.join(graph_tables(model))}")


def document(title: str, body: str) -> str:
    """A complete document around a body."""
    style = resources.files("litesmith.reports").joinpath("model_page.css").read_text("utf-8")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>'
        f"<body>{body}</body></html>\n"
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = ()) -> str:
    """A table of texts; columns of numbers stand to the right."""
    head = "".join(f"<th>{html.escape(text)}</th>" for text in heads)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="number">{html.escape(text)}</td>' if column in numbers else f"<td>{html.escape(text)}</td>"
            for column, text in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def graph_tables(model: Mapping[str, Any]) -> list[str]:
    """Drawing, operators and tensors of each graph, then signatures and metadata."""
    parts = []
    for index, graph in enumerate(model["graphs"]):
        parts.append(f"<h2>Graph {index}: {html.escape(graph['name'] or 'without a name')}</h2>")
        if len(graph["operators"]) <= _MOST_DRAWN:
            parts.append(f'<div class="scroll drawing">{graph_drawing(graph)}</div>')
        parts += [_interface(graph), _operators(graph), _tensors(graph)]
    if model["signatures"]:
        rows = [
            [entry["key"], str(entry["graph"]), ", ".join(entry["inputs"]), ", ".join(entry["outputs"])]
            for entry in model["signatures"]
        ]
        parts += ["<h2>Signatures</h2>", table(["key", "graph", "inputs", "outputs"], rows)]
    if model["metadata"]:
        rows = [[entry["name"], f"{entry['bytes']:,}"] for entry in model["metadata"]]
        parts += ["<h2>Metadata</h2>", table(["name", "bytes"], rows, numbers=(1,))]
    return parts


def _interface(graph: Mapping[str, Any]) -> str:
    rows = [
        [way[:-1], graph["tensors"][index]["name"], tensor_text(graph["tensors"][index])]
        for way in ("inputs", "outputs")
        for index in graph[way]
    ]
    return table(["", "name", "type"], rows)


def _operators(graph: Mapping[str, Any]) -> str:
    rows = [
        [str(index), one["name"], one["layer"], _tensor_list(one["inputs"]), _tensor_list(one["outputs"])]
        for index, one in enumerate(graph["operators"])
    ]
    count = len(rows)
    shown = table(["", "operator", "layer", "reads", "writes"], rows, numbers=(0,))
    return f"<details open><summary>{count} operators</summary>{shown}</details>"


def _tensor_list(indices: Sequence[int]) -> str:
    return " ".join("none" if index < 0 else str(index) for index in indices)


def _tensors(graph: Mapping[str, Any]) -> str:
    rows = [
        [str(index), one["name"], tensor_text(one), f"{one['bytes']:,}" if one["constant"] else "", one["quantization"]]
        for index, one in enumerate(graph["tensors"])
    ]
    shown = table(["", "tensor", "type", "constant bytes", "quantization"], rows, numbers=(0, 3))
    return f"<details><summary>{len(rows)} tensors</summary>{shown}</details>"
