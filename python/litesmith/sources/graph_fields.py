"""Whether a file is a GraphDef, from its outermost fields alone."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

__all__ = ["require_graph"]

_NODE, _LIBRARY, _VERSION, _VERSIONS, _DEBUG_INFO = 1, 2, 3, 4, 5
_VARINT, _LENGTH = 0, 2
_WIRE_TYPES = {_NODE: _LENGTH, _LIBRARY: _LENGTH, _VERSION: _VARINT, _VERSIONS: _LENGTH, _DEBUG_INFO: _LENGTH}
_SAVED_MODEL_HEAD = b"\x08\x01\x12"


def require_graph(path: str | os.PathLike[str]) -> None:
    """Check that the fields of a GraphDef fill a file from end to end; what is in them is not looked at.

    Raises:
        OSError: they do not, or the file cannot be read; says where.
    """
    with Path(path).open("rb") as file:
        if not file.read(1):
            raise OSError(f"Unable to parse input file '{path}': it is empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if content[:3] == _SAVED_MODEL_HEAD:
                raise OSError(
                    f"Unable to parse input file '{path}': it is a SavedModel, not a graph; pass its folder to "
                    "from_saved_model"
                )
            _walk(content, f"Unable to parse input file '{path}' as a GraphDef in wire format or as text")


def _walk(content: mmap.mmap, said: str) -> None:
    at, nodes = 0, 0
    while at < len(content):
        start = at
        key, at = _varint(content, at)
        number, wire_type = key >> 3, key & 7
        if _WIRE_TYPES.get(number) != wire_type:
            raise OSError(f"{said}: at byte {start} there is field {number}, which graphs do not have")
        value, at = _varint(content, at)
        if wire_type == _LENGTH:
            at += value
        if at > len(content) or at == start:
            raise OSError(f"{said}: the field at byte {start} reaches beyond the end, {len(content)}; it is cut off")
        nodes += number == _NODE
    if not nodes:
        raise OSError(f"{said}: it has no nodes")


def _varint(content: mmap.mmap, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(content):
            break
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    return 0, len(content) + 1
