"""A graph of a model as an inline SVG drawing: rows by depth, from inputs to outputs."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from litesmith.reports.dot_graph import tensor_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["graph_drawing"]

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y = 170, 34, 20, 34
_LETTERS = 24


def graph_drawing(graph: Mapping[str, Any]) -> str:
    """The drawing: operators, the graph's inputs and outputs, and what flows between them; constants are left out.

    Args:
        graph: a graph of a model's description (cpp/tools/describe.h), parsed.
    """
    boxes = _boxes(graph)
    places = _places(graph, boxes)
    columns = max((column for column, _ in places.values()), default=0) + 1
    rows = max((row for _, row in places.values()), default=0) + 1
    width, height = columns * (_WIDTH + _GAP_X) + _GAP_X, rows * (_HEIGHT + _GAP_Y) + _GAP_Y
    lines = "".join(_lines(graph, places))
    drawn = "".join(_box(kind, label, title, *_corner(places[key])) for key, (kind, label, title) in boxes.items())
    return f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">{lines}{drawn}</svg>'


Key = tuple[str, int]


def _boxes(graph: Mapping[str, Any]) -> dict[Key, tuple[str, str, str]]:
    tensors = graph["tensors"]
    boxes: dict[Key, tuple[str, str, str]] = {}
    for number in graph["inputs"]:
        boxes["input", number] = ("input", tensors[number]["name"], _said(tensors[number]))
    for index, one in enumerate(graph["operators"]):
        results = ", ".join(tensor_text(tensors[number]) for number in one["outputs"] if number >= 0)
        boxes["operator", index] = ("operator", one["name"], f"{index}: {one['layer'] or one['name']} -> {results}")
    for place, number in enumerate(graph["outputs"]):
        boxes["output", place] = ("output", tensors[number]["name"], _said(tensors[number]))
    return boxes


def _said(tensor: Mapping[str, Any]) -> str:
    return f"{tensor['name']} {tensor_text(tensor)}"


def _edges(graph: Mapping[str, Any]) -> Iterator[tuple[Key, Key]]:
    makers: dict[int, Key] = {number: ("input", number) for number in graph["inputs"]}
    for index, one in enumerate(graph["operators"]):
        makers.update(dict.fromkeys(one["outputs"], ("operator", index)))
    for index, one in enumerate(graph["operators"]):
        for number in dict.fromkeys(one["inputs"]):
            if number in makers:
                yield makers[number], ("operator", index)
    for place, number in enumerate(graph["outputs"]):
        if number in makers:
            yield makers[number], ("output", place)


def _places(graph: Mapping[str, Any], boxes: Mapping[Key, Any]) -> dict[Key, tuple[int, int]]:
    """Column and row by box: a row below all that a box reads; operators come in the order of execution."""
    rows = dict.fromkeys(boxes, 0)
    for start, end in _edges(graph):
        rows[end] = max(rows[end], rows[start] + 1)
    filled: dict[int, int] = {}
    places: dict[Key, tuple[int, int]] = {}
    for key, row in rows.items():
        places[key] = (filled.get(row, 0), row)
        filled[row] = filled.get(row, 0) + 1
    return places


def _corner(place: tuple[int, int]) -> tuple[int, int]:
    column, row = place
    return _GAP_X + column * (_WIDTH + _GAP_X), _GAP_Y + row * (_HEIGHT + _GAP_Y)


def _lines(graph: Mapping[str, Any], places: Mapping[Key, tuple[int, int]]) -> Iterator[str]:
    for start, end in _edges(graph):
        x1, y1 = _corner(places[start])
        x2, y2 = _corner(places[end])
        middle = _WIDTH // 2
        yield f'<path d="M{x1 + middle} {y1 + _HEIGHT} L{x2 + middle} {y2}"/>'


def _box(kind: str, label: str, title: str, x: int, y: int) -> str:
    shown = label if len(label) <= _LETTERS else f"{label[: _LETTERS - 1]}…"
    return (
        f'<g class="{kind}"><title>{html.escape(title)}</title>'
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="5"/>'
        f'<text x="{x + _WIDTH // 2}" y="{y + _HEIGHT // 2 + 4}">{html.escape(shown)}</text></g>'
    )
