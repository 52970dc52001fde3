"""GraphDef files without TensorFlow: read, write, convert between text and wire format, take parts out, draw.

``load`` gives the message with TensorFlow's field names (``.node``, ``.library``, ``.versions``), so that scripts that
walk over nodes go on as they are. Needs the package protobuf: ``pip install litesmith[text]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litesmith.sources.graph_file import graph_of, read_message, write_message
from litesmith.sources.graph_text import message_text
from litesmith.tools.graph_dot import dot
from litesmith.tools.graph_fold import fold
from litesmith.tools.graph_strip import strip

if TYPE_CHECKING:
    import os

__all__ = [
    "convert_pb_to_pbtxt",
    "convert_pbtxt_to_pb",
    "dot",
    "fold",
    "listing",
    "load",
    "save",
    "strip",
    "to_text",
]


def load(path: str | os.PathLike[str]) -> Any:
    """The GraphDef of a ``.pb`` or ``.pbtxt`` file, told apart by content; also of a MetaGraphDef or SavedModel.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds no graph; for text with line and column.
        ImportError: the package protobuf is not installed.
    """
    return graph_of(read_message(path), str(path))


def save(graph: Any, path: str | os.PathLike[str]) -> None:
    """Write a message: as text to ``.pbtxt`` and ``.txt``, else in wire format; whole or not at all."""
    write_message(graph, path)


def convert_pb_to_pbtxt(pb: str | os.PathLike[str], pbtxt: str | os.PathLike[str]) -> None:
    """Write the message of a file (GraphDef, MetaGraphDef, SavedModel) as text."""
    _write_as(read_message(pb), pbtxt, text=True)


def convert_pbtxt_to_pb(pbtxt: str | os.PathLike[str], pb: str | os.PathLike[str]) -> None:
    """Write the message of a text file in wire format."""
    _write_as(read_message(pbtxt), pb, text=False)


def to_text(graph: Any) -> str:
    """The text form of a message."""
    return message_text(graph)


def listing(graph: Any) -> list[str]:
    """A line per node: operator, name and inputs."""
    return [" ".join([node.op, node.name, *(f"<- {', '.join(node.input)}",) * bool(node.input)]) for node in graph.node]


def _write_as(message: Any, path: str | os.PathLike[str], *, text: bool) -> None:
    from litesmith.files import write_atomically

    content = message_text(message).encode("utf-8") if text else message.SerializeToString(deterministic=True)
    write_atomically(path, [content])
