"""HDF5 files of the classic layout (superblock 0 and 1), read here: no damage can do more than raise an error.

Byte layouts are those of the "HDF5 File Format Specification", version 1.1 and later, for addresses of eight bytes.
"""

from __future__ import annotations

import math
import struct
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from litesmith.errors import UnsafeModelError
from litesmith.sources import hdf5_chunks
from litesmith.sources.hdf5_file import (
    Dataset,
    Group,
    Hdf5File,
    check_declared_size,
    normal_array,
    reading,
    text_of,
)
from litesmith.sources.hdf5_messages import (
    UNDEFINED,
    Attribute,
    parse_attribute,
    parse_datatype,
    parse_extents,
    parse_fill,
    parse_filters,
    parse_layout,
    parse_link,
    parse_link_heap,
)

if TYPE_CHECKING:
    from litesmith.sources.keras_record import Array

__all__ = ["ClassicFile", "Store"]

_EXTENTS, _LINK_INFO, _TYPE, _FILL, _LINK, _EXTERNAL = 0x1, 0x2, 0x3, 0x5, 0x6, 0x7
_LAYOUT, _FILTERS, _ATTRIBUTE, _CONTINUATION, _SYMBOLS, _ATTRIBUTE_INFO = 0x8, 0xB, 0xC, 0x10, 0x11, 0x15
_SOFT_LINK = 2


class Store:
    """The bytes of a file, on disk or in memory.

    Attributes:
        base: where HDF5's addresses begin.
    """

    def __init__(self, source: str | bytes, size: int) -> None:
        self.size = size
        self.base = 0
        self._bytes = source if isinstance(source, bytes) else None
        self._file = None if isinstance(source, bytes) else Path(source).open("rb")  # noqa: SIM115

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()

    def _check(self, address: int, size: int) -> int:
        start = address + self.base
        if size < 0 or start + size > self.size:
            raise OSError(f"{size} bytes at {start} lie beyond the end at {self.size}")
        return start

    def at(self, address: int, size: int) -> bytes:
        """Return ``size`` bytes at an address."""
        start = self._check(address, size)
        if self._bytes is not None:
            return self._bytes[start : start + size]
        if self._file is None:
            raise OSError("the file is closed")
        self._file.seek(start)
        data = self._file.read(size)
        if len(data) != size:
            raise OSError(f"{size} bytes at {start} could not be read; did the file shrink?")
        return data

    def array(self, address: int, dtype: np.dtype[np.generic], shape: tuple[int, ...]) -> Array:
        """Return an array at an address: a view where the file is in memory, else read once."""
        count = math.prod(shape)
        start = self._check(address, count * dtype.itemsize)
        if self._bytes is not None:
            return np.frombuffer(self._bytes, dtype, count, start).reshape(shape)
        if self._file is None:
            raise OSError("the file is closed")
        self._file.seek(start)
        array = np.empty(shape, dtype)
        if self._file.readinto(array.reshape(-1).view("u1").data) != array.nbytes:
            raise OSError(f"{array.nbytes} bytes at {start} could not be read; did the file shrink?")
        return array


class ClassicFile(Hdf5File):
    """A file read by this module."""

    def __init__(self, store: Store, offset: int) -> None:
        super().__init__(store.size)
        self.store = store
        with reading("the file"):
            head = store.at(offset, 96)
            if head[13:15] != b"\x08\x08":
                raise OSError(f"addresses of {head[13]} and sizes of {head[14]} bytes; only 8 are read")
            start = 24 if head[8] == 0 else 28
            _, _, end, _, _, self._root = struct.unpack_from("<6Q", store.at(offset + start, 48))
            if end > store.size and end != UNDEFINED:
                raise OSError(f"it should have {end} bytes and has {store.size}: it was cut short")
            store.base = offset
        self._heaps: dict[int, dict[int, bytes]] = {}

    @property
    def root(self) -> Group:
        """The root group."""
        group = _open(self, self._root, "", 0)
        if not isinstance(group, _Group):
            raise OSError("the root of the file is no group; the HDF5 file is damaged, copy or save it again")
        return group

    def close(self) -> None:
        """Let go of the file."""
        self.store.close()

    def heap_object(self, address: int, index: int) -> bytes:
        """Return one object of a global heap collection."""
        heap = self._heaps.get(address)
        if heap is None:
            heap = self._heaps[address] = self._read_heap(address)
        return heap[index]

    def _read_heap(self, address: int) -> dict[int, bytes]:
        head = self.store.at(address, 16)
        if head[:4] != b"GCOL":
            raise OSError("a global heap is not where it should be")
        data = self.store.at(address, struct.unpack_from("<Q", head, 8)[0])
        found: dict[int, bytes] = {}
        position = 16
        while position + 16 <= len(data):
            index, _, size = struct.unpack_from("<HH4xQ", data, position)
            if index == 0:
                break
            found[index] = data[position + 16 : position + 16 + size]
            if len(found[index]) != size:
                raise OSError("an object of a global heap is larger than the heap")
            position += 16 + -(-size // 8) * 8
        return found


class _Message(NamedTuple):
    kind: int
    data: bytes


def _messages(store: Store, address: int) -> list[_Message]:
    """Read all messages of an object header."""
    head = store.at(address, 16)
    if head[0] != 1:
        kind = "of version 2" if head[:4] == b"OHDR" else "damaged"
        raise OSError(f"its object header is {kind}; write the file with h5py's default libver")
    count, size = struct.unpack_from("<H4xI", head, 2)
    blocks = [(address + 16, size)]
    found: list[_Message] = []
    seen = set()
    while blocks and len(found) < count:
        start, size = blocks.pop(0)
        if start in seen:
            raise OSError("its object header is circular")
        seen.add(start)
        data = store.at(start, size)
        position = 0
        while position + 8 <= size and len(found) < count:
            kind, length, flags = struct.unpack_from("<HHB", data, position)
            body = data[position + 8 : position + 8 + length]
            if len(body) != length:
                raise OSError("a message of its object header is cut short")
            position += 8 + length
            if kind == _CONTINUATION:
                blocks.append(struct.unpack_from("<QQ", body))
            if flags & 2 and kind in (_EXTENTS, _TYPE, _LAYOUT, _FILTERS, _ATTRIBUTE):
                raise OSError("it shares its type with another object")
            found.append(_Message(kind, body))
    return found


def _open(file: ClassicFile, address: int, path: str, depth: int) -> Group | Dataset | None:
    with reading(f'"{path or "/"}"'):
        messages = _messages(file.store, address)
    kinds = {message.kind for message in messages}
    if _EXTERNAL in kinds:
        raise UnsafeModelError(f'weight "{path}" is stored in another file, which is never opened; save as one file')
    if _LAYOUT in kinds:
        return _Dataset(file, messages, path)
    if kinds & {_SYMBOLS, _LINK, _LINK_INFO}:
        return _Group(file, address, messages, path, depth)
    return None


class _Group(Group):
    def __init__(self, file: ClassicFile, address: int, messages: list[_Message], path: str, depth: int) -> None:
        super().__init__(path, depth)
        self._file = file
        self._address = address
        self._messages = messages

    def names(self) -> list[str]:
        with reading(f'group "{self.path}"'):
            return sorted(self._members)

    def address(self) -> int:
        return self._address

    def _member(self, name: str, where: str, depth: int) -> Group | Dataset | None:
        with reading(f'group "{self.path}"'):
            entry = self._members.get(name)
        if entry is None:
            return None
        address, kind = entry
        if kind == _SOFT_LINK:
            raise UnsafeModelError(f'"{where}" is a link to elsewhere, which is never followed')
        return _open(self._file, address, where, depth)

    @cached_property
    def _members(self) -> dict[str, tuple[int, int]]:
        """Address and kind of entry of each member."""
        store = self._file.store
        found: dict[str, tuple[int, int]] = {}
        for message in self._messages:
            if message.kind == _LINK:
                link = parse_link(message.data)
                found[link.name] = link.address, _SOFT_LINK if link.address == UNDEFINED else 0
            elif message.kind == _LINK_INFO and parse_link_heap(message.data) != UNDEFINED:
                raise OSError("its links are stored in the newer form; write the file with h5py's default libver")
            elif message.kind == _SYMBOLS:
                tree, heap = struct.unpack_from("<QQ", message.data)
                head = store.at(heap, 32)
                size, _, start = struct.unpack_from("<QQQ", head, 8)
                if head[:4] != b"HEAP":
                    raise OSError("its list of names is not where it should be")
                found.update(_symbols(store, tree, store.at(start, size)))
        return found

    @cached_property
    def _attributes(self) -> dict[str, Attribute]:
        if any(message.kind == _ATTRIBUTE_INFO for message in self._messages):
            raise OSError("its attributes are stored in the newer form; write the file with h5py's default libver")
        parsed = [parse_attribute(message.data) for message in self._messages if message.kind == _ATTRIBUTE]
        return {attribute.name: attribute for attribute in parsed}

    def _attribute(self, name: str) -> list[str] | None:
        what = f'attribute "{name}" of "{self.path or "/"}"'
        with reading(what):
            attribute = self._attributes.get(name)
            if attribute is None:
                return None
            if attribute.shape is None or 0 in attribute.shape:
                return []
            values = self._values(attribute)
        return [text_of(value, what) for value in values]

    def _values(self, attribute: Attribute) -> list[bytes]:
        count, size, data = math.prod(attribute.shape or ()), attribute.element.size, attribute.data
        if count * size > len(data):
            raise OSError(f"it declares {count} values of {size} bytes and has {len(data)} bytes")
        if attribute.element.kind == "string":
            return [data[i * size : (i + 1) * size].rstrip(b"\0") for i in range(count)]
        if attribute.element.kind != "text":
            raise OSError("it holds numbers, expected text")
        values = []
        for i in range(count):
            length, address, index = struct.unpack_from("<IQI", data, 16 * i)
            values.append(self._file.heap_object(address, index)[:length] if length else b"")
        return values


def _symbols(store: Store, tree: int, names: bytes) -> dict[str, tuple[int, int]]:
    """Read the members of a group from its B-tree and its heap of names."""
    found: dict[str, tuple[int, int]] = {}
    for leaf in hdf5_chunks.leaves(store, tree, 0, 8):
        head = store.at(leaf.address, 8)
        if head[:4] != b"SNOD":
            raise OSError("a node of its members is not where it should be")
        count = struct.unpack_from("<H", head, 6)[0]
        for entry in struct.iter_unpack("<QQI20x", store.at(leaf.address + 8, 40 * count)):
            offset, address, kind = entry
            end = names.find(b"\0", offset)
            if offset >= len(names) or end < 0:
                raise OSError("the name of a member lies outside its list of names")
            found[names[offset:end].decode()] = address, kind
    return found


class _Dataset(Dataset):
    def __init__(self, file: ClassicFile, messages: list[_Message], path: str) -> None:
        super().__init__(path)
        self._file = file
        self._messages = {message.kind: message.data for message in messages}

    def read(self) -> Array:
        what = f'weight "{self.path}"'
        with reading(what):
            element = parse_datatype(self._messages[_TYPE])
            shape = parse_extents(self._messages[_EXTENTS])
            layout = parse_layout(self._messages[_LAYOUT])
            filters = parse_filters(self._messages[_FILTERS]) if _FILTERS in self._messages else []
            if element.dtype is None or shape is None:
                raise OSError("it holds no numbers")
            dtype, declared = element.dtype, math.prod(shape) * element.size
            fill = parse_fill(self._messages.get(_FILL, b""))
        if layout.kind == "chunked":
            with reading(what):
                array = hdf5_chunks.read(self._file.store, layout, dtype, shape, filters, fill, what)
        elif layout.kind == "compact" or declared == 0 or layout.address == UNDEFINED:
            check_declared_size(declared, len(layout.data), what)
            with reading(what):
                value = fill if len(fill) == dtype.itemsize else bytes(dtype.itemsize)
                data = layout.data if layout.kind == "compact" else value * math.prod(shape)
                array = np.frombuffer(data, dtype, math.prod(shape)).reshape(shape)
        else:
            with reading(what):
                array = self._file.store.array(layout.address, dtype, shape)
        self._file.account(declared, what)
        return normal_array(array)
