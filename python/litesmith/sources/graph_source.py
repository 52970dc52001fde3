"""A graph of TensorFlow with all that its conversion needs, however it was got hold of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from litesmith.sources.model_source import ImportedModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from litesmith.conversion_request import ConversionRequest

__all__ = ["GraphInterface", "GraphOptions", "GraphPort", "GraphSource"]


# As the metadata of files have them (schema.md §8).
_MODEL_TYPES = {"functions": 3, "graph": 4, "session": 5}


@dataclass(frozen=True)
class GraphOptions:
    """How operators are treated that have no form of their own in TensorFlow Lite.

    Attributes:
        allow_custom_ops: they become custom operators.
        select_tf_ops: they become operators that TensorFlow Lite's Flex delegate runs.
        resource_variables: variables that the graph assigns stay variables; else that is an error.
        custom_ops: names that become custom operators in any case.
    """

    allow_custom_ops: bool = False
    select_tf_ops: bool = False
    resource_variables: bool = True
    custom_ops: frozenset[str] = frozenset()


class GraphPort(NamedTuple):
    """An input or output.

    Attributes:
        name: in the signature; empty for the array's.
        array: ``node`` or ``node:1``.
        tensor_name: of the tensor in the file; empty for the array's.
        shape: replaces what the graph says of an input; -1 for unknown dimensions.
        dtype: name of the element type of an input that the graph does not state.
    """

    name: str
    array: str
    tensor_name: str = ""
    shape: tuple[int, ...] | None = None
    dtype: str | None = None


class GraphInterface(NamedTuple):
    """A graph of the model to make; with an empty key it has no signature."""

    key: str
    inputs: tuple[GraphPort, ...]
    outputs: tuple[GraphPort, ...]


@dataclass(frozen=True, eq=False)
class GraphSource:
    """A graph and what lies outside of it.

    Attributes:
        source: names the model in messages.
        graph: a GraphDef in wire format, or the path of a file that holds one.
        interfaces: what becomes a graph of the file; the first is its graph 0.
        variables: values by the name of the node that makes the handle.
        kind: what the graph was got hold of from, ``graph``, ``session`` or ``functions``; files say so.
    """

    source: str
    graph: bytes | str
    interfaces: tuple[GraphInterface, ...]
    variables: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    kind: str = "graph"

    def import_(self, request: ConversionRequest) -> ImportedModel:
        """Read the graph.

        Raises:
            ConverterError: nodes without a TFLite form; lists all of them.
            ValueError: the graph is damaged or contradicts itself, or lacks an array that is asked for.
        """
        from litesmith import _core

        conversion = _core.Conversion.from_graph(
            self.graph,
            dict(self.variables),
            list(self.interfaces),
            request.graph,
            self.source,
            request.conversion_metadata,
            request.api_version,
            _MODEL_TYPES[self.kind],
        )
        return ImportedModel(conversion, {})
