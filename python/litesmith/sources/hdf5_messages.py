"""Messages of HDF5 object headers: element types, extents, storage, filters, attributes.

Byte layouts are those of the "HDF5 File Format Specification", version 1.1 and later, for addresses of eight bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from litesmith.errors import UnsafeModelError

__all__ = [
    "UNDEFINED",
    "Attribute",
    "Element",
    "Filter",
    "Layout",
    "Link",
    "parse_attribute",
    "parse_datatype",
    "parse_extents",
    "parse_fill",
    "parse_filters",
    "parse_layout",
    "parse_link",
    "parse_link_heap",
]

UNDEFINED = (1 << 64) - 1
MAX_RANK = 32

_FLOATS = {(2, 5, 10): "f2", (4, 8, 23): "f4", (8, 11, 52): "f8", (2, 8, 7): "V2"}


@dataclass(frozen=True)
class Element:
    """Type of an element: "number" (with dtype), "string" of fixed size, or "text" of variable length."""

    kind: str
    size: int
    dtype: np.dtype[np.generic] | None = None


@dataclass(frozen=True)
class Layout:
    """Where a dataset's bytes are: "compact" (``data``), "contiguous" (``address``), "chunked" (B-tree, ``chunk``)."""

    kind: str
    address: int = UNDEFINED
    data: bytes = b""
    chunk: tuple[int, ...] = ()


@dataclass(frozen=True)
class Filter:
    """One step of a filter pipeline; ``values`` are its parameters."""

    identifier: int
    values: tuple[int, ...]


@dataclass(frozen=True)
class Attribute:
    """One attribute, its value not decoded."""

    name: str
    element: Element
    shape: tuple[int, ...] | None
    data: bytes


@dataclass(frozen=True)
class Link:
    """A member of a group; ``address`` is UNDEFINED for links that lead elsewhere."""

    name: str
    address: int


def parse_datatype(data: bytes) -> Element:
    """Read a datatype message."""
    kind, order, size = data[0] & 15, data[1], struct.unpack_from("<I", data, 4)[0]
    sign = ">" if order & 1 else "<"
    if kind == 0 and size in (1, 2, 4, 8):
        return Element("number", size, np.dtype(f"{sign}{'i' if order & 8 else 'u'}{size}"))
    if kind == 1 and not order & 64:
        code = _FLOATS.get((size, data[13], data[15]))
        if code is not None:
            return Element("number", size, np.dtype(code if code == "V2" else sign + code))
    if kind == 3:
        return Element("string", size)
    if kind == 5 and size == 2:
        return Element("number", 2, np.dtype("V2"))
    if kind == 8:
        base = parse_datatype(data[8:])
        if base.kind == "number" and base.size == size:
            return base
    if kind == 9 and order & 15 == 1:
        return Element("text", 16)
    raise OSError(f"element type of class {kind} and {size} bytes is no number or text")


def parse_extents(data: bytes) -> tuple[int, ...] | None:
    """Read a dataspace message; None for one without elements."""
    version, rank = data[0], data[1]
    if version not in (1, 2) or rank > MAX_RANK:
        raise OSError(f"dataspace of version {version} and rank {rank}")
    if version == 2 and data[3] == 2:
        return None
    return struct.unpack_from(f"<{rank}Q", data, 8 if version == 1 else 4)


def parse_layout(data: bytes) -> Layout:
    """Read a data layout message.

    Raises:
        UnsafeModelError: a virtual dataset, whose values are in other files.
        OSError: a version that classic files do not have.
    """
    version, kind = data[0], data[1]
    if version == 4 and kind == 3:
        raise UnsafeModelError("a virtual dataset takes its values from other files, which are never opened")
    if version != 3:
        raise OSError(f"data layout of version {version}")
    if kind == 0:
        size = struct.unpack_from("<H", data, 2)[0]
        return Layout("compact", data=data[4 : 4 + size])
    if kind == 1:
        return Layout("contiguous", struct.unpack_from("<Q", data, 2)[0])
    if kind == 2:
        rank = data[2]
        return Layout("chunked", struct.unpack_from("<Q", data, 3)[0], chunk=struct.unpack_from(f"<{rank}I", data, 11))
    raise OSError(f"data layout of class {kind}")


def parse_fill(data: bytes) -> bytes:
    """Read a fill value message: bytes of one element, none where the value is zero."""
    if len(data) < 8:
        return b""
    defined, start = (data[3] != 0, 4) if data[0] < 3 else (bool(data[1] & 32), 2)
    size = struct.unpack_from("<I", data, start)[0] if defined else 0
    value = data[start + 4 : start + 4 + size]
    return value if any(value) else b""


def parse_filters(data: bytes) -> list[Filter]:
    """Read a filter pipeline message, first filter of writing first."""
    version, count = data[0], data[1]
    if version not in (1, 2):
        raise OSError(f"filter pipeline of version {version}")
    position = 8 if version == 1 else 2
    filters = []
    for _ in range(count):
        identifier = struct.unpack_from("<H", data, position)[0]
        position += 2
        name = 0
        if version == 1 or identifier >= 256:
            name = struct.unpack_from("<H", data, position)[0]
            position += 2
        values = struct.unpack_from("<HH", data, position)[1]
        position += 4 + (-(-name // 8) * 8 if version == 1 else name)
        filters.append(Filter(identifier, struct.unpack_from(f"<{values}I", data, position)))
        position += 4 * (values + (values & 1 if version == 1 else 0))
    return filters


def parse_link(data: bytes) -> Link:
    """Read a link message."""
    version, flags = data[0], data[1]
    if version != 1:
        raise OSError(f"link of version {version}")
    kind = data[2] if flags & 8 else 0
    position = 2 + sum(size for bit, size in ((8, 1), (4, 8), (16, 1)) if flags & bit)
    width = 1 << (flags & 3)
    end = position + width + int.from_bytes(data[position : position + width], "little")
    name = data[position + width : end].decode()
    return Link(name, struct.unpack_from("<Q", data, end)[0] if kind == 0 else UNDEFINED)


def parse_link_heap(data: bytes) -> int:
    """Address of the heap that holds a group's links, UNDEFINED where they are messages."""
    return int(struct.unpack_from("<Q", data, 10 if data[1] & 1 else 2)[0])


def parse_attribute(data: bytes) -> Attribute:
    """Read an attribute message."""
    version = data[0]
    if version not in (1, 2, 3) or (version > 1 and data[1] & 3):
        raise OSError(f"attribute of version {version} or of a shared type")
    sizes = struct.unpack_from("<HHH", data, 2)
    position = 9 if version == 3 else 8
    parts = []
    for size in sizes:
        parts.append(data[position : position + size])
        position += -(-size // 8) * 8 if version == 1 else size
    name = parts[0].split(b"\0")[0].decode()
    return Attribute(name, parse_datatype(parts[1]), parse_extents(parts[2]), data[position:])
