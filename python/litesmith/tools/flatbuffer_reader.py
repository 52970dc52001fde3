"""Flatbuffers become objects; every offset is checked."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith.errors import ModelLimitError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from litesmith.tools.fbs import Field, Schema

__all__ = ["read"]


def read(data: bytes | bytearray | memoryview, schema: Schema, classes: Mapping[str, Any]) -> Any:
    """The root table as an object; arrays share memory with ``data``.

    Raises:
        ValueError: not a flatbuffer of this schema, or cut off; names the byte.
        ModelLimitError: it declares more tables than its size justifies.
    """
    if len(data) < 8 or (schema.identifier and bytes(data[4:8]) != schema.identifier):
        raise ValueError(
            f"{len(data)} bytes are not a {schema.root}: bytes 4 to 8 are {bytes(data[4:8])!r} and must be "
            f"{schema.identifier!r}"
        )
    return _Reader(data, schema, classes).table(schema.root, 0)


class _Reader:
    def __init__(self, data: bytes | bytearray | memoryview, schema: Schema, classes: Mapping[str, Any]) -> None:
        self._data = memoryview(data)
        self._schema = schema
        self._classes = classes
        self._tables_left = len(data) // 4

    def _number(self, code: str, at: int) -> Any:
        try:
            if at < 0:
                raise struct.error
            return struct.unpack_from(f"<{code}", self._data, at)[0]
        except struct.error:
            raise ValueError(f"the file is damaged: it points at byte {at} of {len(self._data)}") from None

    def table(self, name: str, at: int) -> Any:
        """The table that the offset at a byte points to."""
        self._tables_left -= 1
        if self._tables_left < 0:
            raise ModelLimitError(f"the file declares more tables than {len(self._data)} bytes can hold")
        start = at + self._number("I", at)
        vtable = start - self._number("i", start)
        slots = (self._number("H", vtable) - 4) // 2
        made = self._classes[f"{name}T"]()
        for field in made._fields:
            first = field.slot - (field.kind == "union")
            if first >= slots:
                continue
            offset = self._number("H", vtable + 4 + 2 * field.slot) if field.slot < slots else 0
            if field.kind == "union":
                self._union(made, field, start, vtable, offset)
            elif offset:
                setattr(made, field.name, self._value(field, start + offset))
        return made

    def _union(self, made: Any, field: Field, start: int, vtable: int, offset: int) -> None:
        type_offset = self._number("H", vtable + 2 + 2 * field.slot)
        number = self._number("B", start + type_offset) if type_offset else 0
        setattr(made, f"{field.name}Type", number)
        members = self._schema.unions[field.type].members
        if offset and 0 < number < len(members):
            setattr(made, field.name, self.table(members[number], start + offset))

    def _value(self, field: Field, at: int) -> Any:
        if field.vector:
            return self._vector(field, at)
        if field.kind == "scalar":
            return self._number(field.code, at)
        if field.kind == "string":
            return self._string(at)
        return self.table(field.type, at)

    def _extent(self, at: int, size: int) -> tuple[int, int]:
        start = at + self._number("I", at)
        count = self._number("I", start)
        if start + 4 + count * size > len(self._data):
            raise ValueError(
                f"the file is damaged: {count} elements of {size} bytes at byte {start} reach beyond its end, "
                f"{len(self._data)}"
            )
        return start + 4, count

    def _string(self, at: int) -> bytes:
        start, count = self._extent(at, 1)
        return bytes(self._data[start : start + count])

    def _vector(self, field: Field, at: int) -> Any:
        if field.kind == "scalar":
            start, count = self._extent(at, field.size)
            return np.frombuffer(self._data, np.dtype(field.numpy).newbyteorder("<"), count, start)
        start, count = self._extent(at, 4)
        each = self._string if field.kind == "string" else lambda place: self.table(field.type, place)
        return [each(start + 4 * index) for index in range(count)]
