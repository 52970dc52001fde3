"""Files of TensorFlow's messages: which message one holds, whether as text or in wire format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from litesmith.files import write_atomically
from litesmith.sources.graph_text import is_text, message_text, parse_text
from litesmith.sources.message_classes import message_pool

if TYPE_CHECKING:
    import os

__all__ = ["TEXT_SUFFIXES", "graph_of", "parse_message", "read_message", "write_message"]

#: Files of these names are written as text.
TEXT_SUFFIXES = frozenset({".pbtxt", ".prototxt", ".txt", ".textproto"})

_SAVED_MODEL_NAMES = ("saved_model.pb", "saved_model.pbtxt")
_VARINT_FIELD_1 = 0x08


def read_message(path: str | os.PathLike[str], kind: str | None = None) -> Any:
    """The GraphDef, MetaGraphDef or SavedModel of a file or of a SavedModel's folder, or the given kind of message.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds none of them; for text with line and column.
        ImportError: the package protobuf is not installed.
    """
    file = Path(path)
    if file.is_dir():
        file = next((file / name for name in _SAVED_MODEL_NAMES if (file / name).is_file()), file)
        if file.is_dir():
            raise ValueError(f"the folder '{file}' holds no {' or '.join(_SAVED_MODEL_NAMES)}; name a graph's file")
    return parse_message(file.read_bytes(), str(file), kind)


def parse_message(data: bytes, source: str, kind: str | None = None) -> Any:
    """As ``read_message``, from bytes."""
    if not data:
        raise ValueError(f"'{source}' is empty")
    if is_text(data):
        return parse_text(data, source, kind)
    likely = ("SavedModel",) if data[0] == _VARINT_FIELD_1 else ("GraphDef", "MetaGraphDef")
    reasons = []
    for each in (kind,) if kind else likely:
        message, reason = _parsed(data, each)
        if message is not None:
            return message
        reasons.append(f"as {each}: {reason}")
    raise ValueError(f"'{source}' is cut off, damaged or of another kind; read {'; '.join(reasons)}")


def graph_of(message: Any, source: str) -> Any:
    """The GraphDef of a message; of a SavedModel its first one.

    Raises:
        ValueError: there is none.
    """
    kind = message.DESCRIPTOR.name
    if kind == "GraphDef":
        return message
    if kind == "MetaGraphDef":
        return message.graph_def
    if kind == "SavedModel" and message.meta_graphs:
        return message.meta_graphs[0].graph_def
    raise ValueError(f"'{source}' is a {kind} without a graph")


def write_message(message: Any, path: str | os.PathLike[str]) -> None:
    """Write a message, as text where the name ends as a text file's; the file appears whole or not at all."""
    if Path(path).suffix.lower() in TEXT_SUFFIXES:
        content = message_text(message).encode("utf-8")
    else:
        content = message.SerializeToString(deterministic=True)
    write_atomically(path, [content])


def _parsed(data: bytes, kind: str) -> tuple[Any, str]:
    pool = message_pool()
    from google.protobuf.message import DecodeError

    message = pool.new(kind)
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        return None, str(error)
    if kind not in {"GraphDef", "MetaGraphDef"}:
        return message, ""
    nodes = graph_of(message, kind).node
    if not nodes:
        return None, "it has no nodes"
    if not all(node.name and node.op for node in nodes):
        return None, "there are nodes without name or operator"
    return message, ""
