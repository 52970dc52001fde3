"""Constants of a model in the byte order of another machine."""

from __future__ import annotations

from typing import Any

import numpy as np

from litesmith.tools import schema
from litesmith.tools.model_file import convert_bytearray_to_object, convert_object_to_bytearray

__all__ = [
    "byte_swap_buffer_content",
    "byte_swap_string_content",
    "byte_swap_tflite_buffer",
    "byte_swap_tflite_model_obj",
]

_ORDERS = ("little", "big")
_WIDTHS = {
    "FLOAT16": 2, "INT16": 2, "UINT16": 2, "BFLOAT16": 2,
    "FLOAT32": 4, "INT32": 4, "UINT32": 4, "COMPLEX64": 4,
    "FLOAT64": 8, "INT64": 8, "UINT64": 8, "COMPLEX128": 8,
}  # fmt: skip


def _check_orders(*orders: str) -> None:
    for order in orders:
        if order not in _ORDERS:
            raise ValueError(f"a byte order is 'little' or 'big', not {order!r}")


def byte_swap_buffer_content(buffer: Any, chunksize: int, from_endiness: str, to_endiness: str) -> None:
    """Swap the bytes of each chunk of a ``BufferT`` unless both orders are the same.

    Raises:
        ValueError: an order that does not exist, or a buffer that is no whole number of chunks.
    """
    _check_orders(from_endiness, to_endiness)
    if buffer.data is None or from_endiness == to_endiness:
        return
    data = np.frombuffer(bytes(buffer.data), np.uint8)
    if data.size % chunksize:
        raise ValueError(f"a buffer of {data.size} bytes is no whole number of elements of {chunksize} bytes")
    buffer.data = data.reshape(-1, chunksize)[:, ::-1].reshape(-1).copy()


def byte_swap_string_content(buffer: Any, from_endiness: str, to_endiness: str) -> None:
    """Swap the count and the offsets in front of the characters of a ``BufferT`` with strings.

    Raises:
        ValueError: an order that does not exist, or a count that the buffer has no room for.
    """
    _check_orders(from_endiness, to_endiness)
    if buffer.data is None or from_endiness == to_endiness:
        return
    data = np.frombuffer(bytes(buffer.data), np.uint8).copy()
    count = int.from_bytes(data[:4].tobytes(), from_endiness)  # type: ignore[arg-type]
    head = 4 * (count + 2)
    if head > data.size:
        raise ValueError(f"a buffer of {data.size} bytes cannot hold {count} strings ({from_endiness}-endian)")
    data[:head] = data[:head].reshape(-1, 4)[:, ::-1].reshape(-1)
    buffer.data = data


def byte_swap_tflite_model_obj(model: Any, from_endiness: str, to_endiness: str) -> None:
    """Swap the constants of a ``ModelT``, each by the type of its tensor.

    Raises:
        ValueError: see ``byte_swap_buffer_content``.
    """
    _check_orders(from_endiness, to_endiness)
    done: set[int] = set()
    for graph in model.subgraphs or []:
        for tensor in graph.tensors or []:
            if not 0 < tensor.buffer < len(model.buffers) or tensor.buffer in done:
                continue
            done.add(tensor.buffer)
            name = schema.member_name("TensorType", tensor.type)
            if name == "STRING":
                byte_swap_string_content(model.buffers[tensor.buffer], from_endiness, to_endiness)
            elif name in _WIDTHS:
                byte_swap_buffer_content(model.buffers[tensor.buffer], _WIDTHS[name], from_endiness, to_endiness)


def byte_swap_tflite_buffer(tflite_model: bytes | bytearray, from_endiness: str, to_endiness: str) -> bytes:
    """The bytes of a file with its constants swapped.

    Raises:
        ValueError: a damaged file; see ``byte_swap_buffer_content``.
    """
    _check_orders(from_endiness, to_endiness)
    model = convert_bytearray_to_object(tflite_model)
    byte_swap_tflite_model_obj(model, from_endiness, to_endiness)
    return convert_object_to_bytearray(model)
