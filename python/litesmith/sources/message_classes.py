"""Python classes of TensorFlow's messages, in a descriptor pool of their own.

Nothing is registered in protobuf's default pool, where TensorFlow keeps messages of the same names.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from litesmith.sources.tensorflow_messages import ENUMS, MESSAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MessagePool", "message_pool", "new_message"]

_SCALARS = frozenset("double float int64 uint64 int32 fixed64 fixed32 bool string bytes uint32 sint32 sint64".split())
_MAP = re.compile(r"map<(\w+),(\w+)>")
# DataType counts references to a type from here on.
_FIRST_REFERENCE = 100


class MessagePool:
    """The pool and the classes of its messages."""

    def __init__(self) -> None:
        """Build every message of the table.

        Raises:
            ImportError: the package protobuf is not installed.
        """
        try:
            from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
        except ImportError as error:
            msg = "reading and writing graphs as messages needs the package protobuf: pip install litesmith[text]"
            raise ImportError(msg) from error
        self.pool = descriptor_pool.DescriptorPool()
        for name, package, content in _files(descriptor_pb2):
            file = descriptor_pb2.FileDescriptorProto(name=name, package=package, syntax="proto3")
            content(file)
            self.pool.AddSerializedFile(file.SerializeToString())
        self._class_of = message_factory.GetMessageClass

    def new(self, name: str) -> Any:
        """An empty message, such as ``GraphDef``."""
        return self._class_of(self.pool.FindMessageTypeByName(f"tensorflow.{name}"))()


@functools.cache
def message_pool() -> MessagePool:
    """The one pool of this process, made at first use."""
    return MessagePool()


def new_message(name: str) -> Any:
    """An empty message of a kind, such as ``GraphDef``."""
    return message_pool().new(name)


def _files(protos: Any) -> Iterator[tuple[str, str, Any]]:
    yield "google/protobuf/any.proto", "google.protobuf", lambda file: _add_any(protos, file)
    yield "google/protobuf/wrappers.proto", "google.protobuf", lambda file: _add_bool_value(protos, file)
    yield "tensorflow/graph.proto", "tensorflow", lambda file: _add_table(protos, file)


def _add_any(protos: Any, file: Any) -> None:
    message = file.message_type.add(name="Any")
    _add_field(protos, message, "type_url", "string", 1)
    _add_field(protos, message, "value", "bytes", 2)


def _add_bool_value(protos: Any, file: Any) -> None:
    _add_field(protos, file.message_type.add(name="BoolValue"), "value", "bool", 1)


def _add_table(protos: Any, file: Any) -> None:
    file.dependency.extend(["google/protobuf/any.proto", "google/protobuf/wrappers.proto"])
    for name, entries in _lines(ENUMS):
        _add_enum(file.enum_type.add(name=name), entries)
    for name, entries in _lines(MESSAGES):
        message = file.message_type.add(name=name)
        for entry in entries:
            field, kind, number, *oneof = entry.split()
            if is_map := _MAP.fullmatch(kind):
                kind = _add_map_entry(protos, message, field, *is_map.groups())
            _add_field(protos, message, field, kind, int(number), *oneof)


def _lines(table: str) -> Iterator[tuple[str, list[str]]]:
    for line in table.replace("\n  ", " ").strip().splitlines():
        name, _, entries = line.partition(":")
        # a comma inside map<string,X> has no space after it
        yield name, [entry for entry in entries.strip().split(", ") if entry]


def _add_enum(enum: Any, entries: list[str]) -> None:
    values = [(name, int(number)) for name, number in map(str.split, entries)]
    if enum.name == "DataType":
        values += [(f"{name}_REF", number + _FIRST_REFERENCE) for name, number in values if number]
    for name, number in values:
        enum.value.add(name=name, number=number)


def _add_map_entry(protos: Any, message: Any, field: str, key: str, value: str) -> str:
    name = "".join(part.capitalize() for part in field.split("_")) + "Entry"
    entry = message.nested_type.add(name=name)
    entry.options.map_entry = True
    _add_field(protos, entry, "key", key, 1)
    _add_field(protos, entry, "value", value, 2)
    return f"{message.name}.{name}*"


def _add_field(protos: Any, message: Any, name: str, kind: str, number: int, oneof: str = "") -> None:
    types = protos.FieldDescriptorProto
    field = message.field.add(name=name, number=number)
    field.label = types.LABEL_REPEATED if kind.endswith("*") else types.LABEL_OPTIONAL
    kind = kind.rstrip("*")
    if kind in _SCALARS:
        field.type = types.Type.Value(f"TYPE_{kind.upper()}")
    elif f"\n{kind}:" in ENUMS:
        field.type, field.type_name = types.TYPE_ENUM, f".tensorflow.{kind}"
    else:
        package = "google.protobuf" if kind in {"Any", "BoolValue"} else "tensorflow"
        field.type, field.type_name = types.TYPE_MESSAGE, f".{package}.{kind}"
    if oneof:
        names = [each.name for each in message.oneof_decl]
        if oneof not in names:
            message.oneof_decl.add(name=oneof)
            names.append(oneof)
        field.oneof_index = names.index(oneof)
