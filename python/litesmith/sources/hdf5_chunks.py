"""B-trees and chunked datasets of classic HDF5 files."""

from __future__ import annotations

import itertools
import math
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from litesmith.sources.hdf5_file import check_declared_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from litesmith.sources.hdf5_classic import Store
    from litesmith.sources.hdf5_messages import Filter, Layout
    from litesmith.sources.keras_record import Array

__all__ = ["leaves", "read"]

MAX_LEVELS = 64

_DEFLATE, _SHUFFLE, _FLETCHER32 = 1, 2, 3
_NAMES = {_DEFLATE: "gzip", _SHUFFLE: "shuffle", _FLETCHER32: "fletcher32", 32000: "lzf", 4: "szip", 5: "nbit"}


class Leaf(NamedTuple):
    """What an entry of a B-tree's lowest level points at, with its key."""

    key: bytes
    address: int


def leaves(store: Store, root: int, kind: int, key_size: int) -> Iterator[Leaf]:
    """Yield the entries of a B-tree in order.

    Args:
        store: the file.
        root: address of the uppermost node.
        kind: 0 for members of a group, 1 for chunks.
        key_size: bytes of a key.
    """
    pending = [(root, MAX_LEVELS)]
    seen: set[int] = set()
    while pending:
        address, above = pending.pop()
        head = store.at(address, 24)
        level, count = struct.unpack_from("<BH", head, 5)
        if head[:4] != b"TREE" or head[4] != kind or level >= above or address in seen:
            raise OSError("a B-tree node is damaged or not where it should be")
        seen.add(address)
        step = key_size + 8
        body = store.at(address + 24, count * step)
        entries = [
            Leaf(body[i * step : i * step + key_size], struct.unpack_from("<Q", body, i * step + key_size)[0])
            for i in range(count)
        ]
        if level == 0:
            yield from entries
        else:
            pending.extend((entry.address, level) for entry in reversed(entries))


def read(
    store: Store,
    layout: Layout,
    dtype: np.dtype[np.generic],
    shape: tuple[int, ...],
    filters: Sequence[Filter],
    fill: bytes,
    what: str,
) -> Array:
    """Read a chunked dataset; missing chunks hold ``fill``, one element, or zero."""
    unknown = [
        _NAMES.get(item.identifier, str(item.identifier)) for item in filters if item.identifier not in (1, 2, 3)
    ]
    if unknown:
        raise OSError(f"compressed by {', '.join(unknown)}, of which gzip, shuffle and fletcher32 are read")
    rank, chunk = len(shape), layout.chunk[:-1]
    if len(chunk) != rank or 0 in chunk or layout.chunk[-1] != dtype.itemsize:
        raise OSError(f"chunks of {layout.chunk} do not fit the shape {shape}")
    size = math.prod(chunk) * dtype.itemsize
    expected = math.prod(-(-extent // part) for extent, part in zip(shape, chunk, strict=True))
    entries = [] if layout.address == (1 << 64) - 1 else leaves(store, layout.address, 1, 16 + 8 * rank)
    found = list(itertools.islice(entries, expected + 1))
    if len(found) > expected:
        raise OSError(f"more than the {expected} chunks of its shape")
    stored = sum(struct.unpack_from("<I", leaf.key)[0] for leaf in found)
    check_declared_size(max(size, math.prod(shape) * dtype.itemsize), min(stored, store.size), what)
    array = np.zeros(shape, dtype)
    if len(fill) == dtype.itemsize and len(found) < expected:
        array[...] = np.frombuffer(fill, dtype)[0]
    for leaf in found:
        length, mask = struct.unpack_from("<II", leaf.key)
        start = struct.unpack_from(f"<{rank}Q", leaf.key, 8)
        if any(begin >= extent or begin % part for begin, extent, part in zip(start, shape, chunk, strict=True)):
            raise OSError(f"a chunk at {start} lies outside the shape {shape}")
        values = _unfiltered(store.at(leaf.address, length), filters, mask, size, dtype.itemsize)
        block = np.frombuffer(values, dtype, math.prod(chunk)).reshape(chunk)
        target = tuple(slice(begin, begin + part) for begin, part in zip(start, chunk, strict=True))
        inside = tuple(
            slice(0, min(part, extent - begin)) for begin, part, extent in zip(start, chunk, shape, strict=True)
        )
        array[target] = block[inside]
    return array


def _unfiltered(data: bytes, filters: Sequence[Filter], mask: int, size: int, item: int) -> bytes:
    for position, step in reversed(list(enumerate(filters))):
        if mask >> position & 1:
            continue
        if step.identifier == _FLETCHER32:
            data = data[:-4]
        elif step.identifier == _DEFLATE:
            data = zlib.decompressobj().decompress(data, size + 4)
        else:
            width = step.values[0] if step.values and step.values[0] > 0 else item
            body = len(data) // width * width
            shuffled = np.frombuffer(data[:body], "u1").reshape(width, -1)
            data = shuffled.T.tobytes() + data[body:]
    if len(data) != size:
        raise OSError(f"a chunk of {len(data)} bytes, expected {size}")
    return data
