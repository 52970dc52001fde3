"""Frozen graphs: the file of a GraphDef, or the message itself."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litesmith.sources.graph_fields import require_graph
from litesmith.sources.graph_source import GraphInterface, GraphPort, GraphSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from litesmith.conversion_request import ConversionRequest
    from litesmith.sources.model_source import ImportedModel

__all__ = ["FrozenGraph"]


@dataclass(frozen=True, eq=False)
class FrozenGraph:
    """A graph whose variables are constants.

    Attributes:
        graph: path of a ``.pb`` or ``.pbtxt`` file, or a GraphDef message.
        inputs: arrays that become the inputs; any arrays of the graph.
        outputs: arrays that become the outputs.
        shapes: shapes of inputs by name; the graph's own hold for the others.
        dtypes: names of element types by input that the graph does not state.
    """

    graph: Any
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    shapes: Mapping[str, tuple[int, ...] | None]

    @property
    def name(self) -> str:
        """The name of the file without its suffix."""
        return Path(self.graph).stem if isinstance(self.graph, (str, os.PathLike)) else "graph"

    def describe(self) -> str:
        """The path, and which part of the graph."""
        path = os.fspath(self.graph) if isinstance(self.graph, (str, os.PathLike)) else "a GraphDef"
        return f"{path} from {', '.join(self.inputs)} to {', '.join(self.outputs)}"

    def input_arrays(self) -> list[str]:
        """The inputs as they were named."""
        return list(self.inputs)

    def import_(self, request: ConversionRequest) -> ImportedModel:
        """Read the graph.

        Raises:
            OSError: the file is missing, unreadable or no graph.
            ValueError, ConverterError: see ``GraphSource.import_``.
        """
        inputs = tuple(GraphPort("", name, shape=self.shapes.get(name)) for name in self.inputs)
        interface = GraphInterface("", inputs, tuple(GraphPort("", name) for name in self.outputs))
        if not isinstance(self.graph, (str, os.PathLike)):
            return GraphSource("the GraphDef", bytes(self.graph.SerializeToString()), (interface,)).import_(request)
        path = os.fspath(self.graph)
        return GraphSource(f"'{path}'", _readable(path), (interface,)).import_(request)


def _readable(path: str) -> bytes | str:
    """The path of a file in wire format, or the message of one that is text.

    Raises:
        OSError: it is neither.
    """
    from litesmith.sources.graph_file import graph_of, parse_message
    from litesmith.sources.graph_text import is_text

    content = Path(path)
    with content.open("rb") as file:
        looks_like_text = is_text(file.read(4096))
    if not looks_like_text:
        require_graph(path)
        return path
    try:
        return bytes(graph_of(parse_message(content.read_bytes(), path), path).SerializeToString())
    except ValueError as error:
        raise OSError(f"Unable to parse input file '{path}': {error}") from error
