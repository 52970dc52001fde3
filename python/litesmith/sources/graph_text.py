"""Messages of TensorFlow in text form (``.pbtxt``): read with line and column of what is wrong, and written."""

from __future__ import annotations

import re
from typing import Any

from litesmith.sources.message_classes import message_pool

__all__ = ["KIND_OF_FIELD", "is_text", "message_text", "parse_text", "text_kind"]

#: Which message a file holds, by the names of its outermost fields.
KIND_OF_FIELD = {
    field: kind
    for kind, fields in {
        "GraphDef": "node library version versions debug_info",
        "MetaGraphDef": "meta_info_def graph_def saver_def collection_def signature_def asset_file_def "
        "object_graph_def",
        "SavedModel": "saved_model_schema_version meta_graphs",
        "SaverDef": "filename_tensor_name save_tensor_name restore_op_name max_to_keep sharded",
    }.items()
    for field in fields.split()
}

_BEGINNING = 4096
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
# Comments are taken with strings, so that quotes in them begin nothing.
_STRING = re.compile(r"""#[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = frozenset("abfnrtv'\"\\01234567xuU")
_PLACE = re.compile(r"(\d+):\d+ : ")
_FIRST_FIELD = re.compile(r"(?:\s|#[^\n]*(?:\n|$))*([A-Za-z_]\w*)")


def is_text(data: bytes) -> bool:
    """True for text; a message in wire format has control characters at its beginning."""
    return bool(data.strip()) and _CONTROL.search(data[:_BEGINNING]) is None


def text_kind(text: str) -> str | None:
    """The message that a text is, by its first field; None where that is no field of any."""
    first = _FIRST_FIELD.match(text)
    return KIND_OF_FIELD.get(first.group(1)) if first else None


def parse_text(data: bytes, source: str, kind: str | None = None) -> Any:
    """The message that a text file holds: a GraphDef, MetaGraphDef, SavedModel or SaverDef, or the given kind.

    Raises:
        ValueError: the text is cut off, damaged or of something else; names source, line and column.
        ImportError: the package protobuf is not installed.
    """
    pool = message_pool()
    from google.protobuf import text_format

    text = _decoded(data, source)
    _check_escapes(text, source)
    message = pool.new(kind or text_kind(text) or "GraphDef")
    try:
        return text_format.Parse(text, message, descriptor_pool=pool.pool)
    except text_format.ParseError as error:
        raise _fault(source, error.GetLine(), error.GetColumn(), _reason(str(error), text)) from None
    except RecursionError:
        raise _fault(source, 1, 1, "messages are nested beyond any graph's depth") from None


def message_text(message: Any) -> str:
    """The text form of a message."""
    from google.protobuf import text_format

    return str(text_format.MessageToString(message, descriptor_pool=message_pool().pool))


def _check_escapes(text: str, source: str) -> None:
    """Refuse escapes that protobuf would only warn of."""
    for string in _STRING.finditer(text):
        if string.group().startswith("#") or "\\" not in string.group():
            continue
        for escape in _ESCAPE.finditer(text, string.start(), string.end()):
            if escape.group(1) not in _ESCAPED:
                before = text[: escape.start()]
                line, column = before.count("\n") + 1, escape.start() - before.rfind("\n")
                raise _fault(source, line, column, f"a string has the unknown escape {escape.group()}")


def _reason(message: str, text: str) -> str:
    """What protobuf says without the place and the line of text that it repeats."""
    place = _PLACE.match(message)
    if place is None:
        return message
    line = text.split("\n")[int(place.group(1)) - 1]
    return message[place.end() :].removeprefix(f"'{line}': ").rstrip(".")


def _decoded(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise _fault(source, line, column, f"the byte 0x{data[error.start]:02x} is no UTF-8 text") from None


def _fault(source: str, line: int | None, column: int | None, reason: str) -> ValueError:
    return ValueError(
        f"'{source}', line {line or 1}, column {column or 1}: {reason}. "
        "The text is cut off or damaged, or it is no graph; write it again from where it was made"
    )
