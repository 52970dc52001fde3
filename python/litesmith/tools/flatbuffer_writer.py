"""Objects become a flatbuffer."""

from __future__ import annotations

import struct
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from litesmith.tools.fbs import Field, Schema

__all__ = ["write"]

_MOST_BYTES = 2**31 - 1
_OFFSET = "offset"
_INLINE = {_OFFSET: "I"}


def write(root: Any, schema: Schema) -> bytearray:
    """The bytes of a table and of everything below it; equal objects give equal bytes.

    Raises:
        ValueError: a value that its field cannot hold, or more than 2 GiB; names table and field.
    """
    writer = _Writer(schema)
    start = writer.table(root)
    identifier = schema.identifier.ljust(4, b"\0") if schema.identifier else b""
    writer.align(4 + len(identifier), writer.widest)
    writer.push(struct.pack("<I", writer.size + 4 + len(identifier) - start) + identifier)
    return bytearray().join(writer.chunks)


class _Writer:
    """Writes from the end to the front; places are distances from the end."""

    def __init__(self, schema: Schema) -> None:
        self.chunks: deque[bytes | memoryview] = deque()
        self.size = 0
        self.widest = 4
        self._schema = schema
        self._vtables: dict[bytes, int] = {}

    def push(self, chunk: bytes | memoryview) -> int:
        self.chunks.appendleft(chunk)
        self.size += len(chunk)
        if self.size > _MOST_BYTES:
            raise ValueError("the model needs more than 2 GiB, which the file format's offsets cannot reach")
        return self.size

    def align(self, coming: int, alignment: int) -> None:
        """Pad so that what starts after so many more bytes is aligned."""
        self.widest = max(self.widest, alignment)
        self.push(bytes(-(self.size + coming) % alignment))

    def table(self, made: Any) -> int:
        name = type(made).__name__
        values: list[tuple[int, str, Any]] = []  # slot, struct format, number or place
        for field in made._fields:
            try:
                values += self._entries(made, field)
            except (TypeError, AttributeError, struct.error, OverflowError) as error:
                given = getattr(made, field.name, None)
                raise ValueError(
                    f"{name}.{field.name} cannot be {type(given).__name__} {given!r:.60}: {error}"
                ) from None
        return self._inline(values)

    def _entries(self, made: Any, field: Field) -> list[tuple[int, str, Any]]:
        value = getattr(made, field.name)
        if field.kind == "union":
            return self._union(made, field, value)
        if field.kind == "scalar" and not field.vector:
            number = bool(value) if field.code == "?" else value
            struct.pack(f"<{field.code}", number)
            return [] if number == field.default else [(field.slot, field.code, number)]
        if value is None:
            return []
        place = self._vector(field, value) if field.vector else self._leaf(field, value)
        return [(field.slot, _OFFSET, place)]

    def _union(self, made: Any, field: Field, value: Any) -> list[tuple[int, str, Any]]:
        number = getattr(made, f"{field.name}Type")
        entries: list[tuple[int, str, Any]] = [(field.slot - 1, "B", number)] if number else []
        if value is None:
            return entries
        members = self._schema.unions[field.type].members
        expected = members[number] if 0 < number < len(members) else "NONE"
        if type(value).__name__ != f"{expected}T":
            raise TypeError(f"{field.name}Type {number} stands for {expected}")
        return [*entries, (field.slot, _OFFSET, self.table(value))]

    def _leaf(self, field: Field, value: Any) -> int:
        if field.kind == "string":
            return self._string(value)
        return self.table(value)

    def _string(self, value: str | bytes) -> int:
        text = value.encode() if isinstance(value, str) else bytes(value)
        self.align(len(text) + 1, 4)
        return self.push(struct.pack("<I", len(text)) + text + b"\0")

    def _vector(self, field: Field, value: Any) -> int:
        if field.kind == "scalar":
            data = self._elements(field, value)
            self.align(data.nbytes, field.align)
            self.push(data.tobytes())
            return self.push(struct.pack("<I", data.size))
        places = [self._leaf(field, element) for element in reversed(value)][::-1]
        self.align(4 * len(places), 4)
        end = self.size + 4 * len(places)
        offsets = [end - 4 * index - place for index, place in enumerate(places)]
        self.push(struct.pack(f"<{len(offsets)}I", *offsets))
        return self.push(struct.pack("<I", len(places)))

    @staticmethod
    def _elements(field: Field, value: Any) -> np.ndarray[Any, Any]:
        dtype = np.dtype(field.numpy).newbyteorder("<")
        if isinstance(value, (bytes, bytearray, memoryview)):
            return np.frombuffer(value, dtype)
        given = np.asarray(value)
        if given.size == 0:
            return np.zeros(0, dtype)
        converted = given.astype(dtype) if given.dtype.kind in "biuf" else None
        if converted is None or (field.numpy != "float32" and not np.array_equal(converted, given)):
            raise TypeError(f"its elements must fit {field.numpy}")
        return np.ascontiguousarray(converted.reshape(-1))

    def _inline(self, values: list[tuple[int, str, Any]]) -> int:
        """The table itself: widest fields first, then its vtable unless an equal one exists."""
        sized = [(struct.calcsize(f"<{_INLINE.get(code, code)}"), slot, code, value) for slot, code, value in values]
        layout: list[tuple[int, int, str, Any]] = []
        end = 4
        widest = 4
        for size, slot, code, value in sorted(sized, key=lambda entry: (-entry[0], entry[1])):
            end += -end % size
            layout.append((slot, end, code, value))
            end += size
            widest = max(widest, size)
        end += -end % 4
        self.align(end, widest)
        place = self.size + end
        body = bytearray(end)
        for _, offset, code, value in layout:
            number = place - offset - value if code == _OFFSET else value
            struct.pack_into(f"<{_INLINE.get(code, code)}", body, offset, number)
        self._link(body, layout, place, end)
        return place

    def _link(self, body: bytearray, layout: list[tuple[int, int, str, Any]], place: int, end: int) -> None:
        slots = max((slot for slot, *_ in layout), default=-1) + 1
        offsets = [0] * slots
        for slot, offset, *_ in layout:
            offsets[slot] = offset
        vtable = struct.pack(f"<{2 + slots}H", 4 + 2 * slots, end, *offsets)
        known = self._vtables.get(vtable)
        if known is None:
            padding = bytes(-len(vtable) % 4)  # what follows starts at four bytes again
            known = self._vtables[vtable] = place + len(padding) + len(vtable)
            struct.pack_into("<i", body, 0, known - place)
            self.push(bytes(body))
            self.push(padding)
            self.push(vtable)
            return
        struct.pack_into("<i", body, 0, known - place)
        self.push(bytes(body))
