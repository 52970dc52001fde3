"""``.tflite`` files as objects of ``litesmith.tools.schema``, and back."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litesmith.files import write_atomically
from litesmith.tools.flatbuffer_reader import read
from litesmith.tools.flatbuffer_writer import write
from litesmith.tools.schema import tflite_schema

if TYPE_CHECKING:
    import os

__all__ = [
    "convert_bytearray_to_object",
    "convert_object_to_bytearray",
    "read_model",
    "read_model_from_bytearray",
    "read_model_with_mutable_tensors",
    "write_model",
]

_OUTSIDE = b"buffer_location"


def read_model(input_tflite_file: str | os.PathLike[str]) -> Any:
    """The ``ModelT`` of a file.

    Raises:
        RuntimeError: there is no such file.
        ValueError: it is not a ``.tflite`` file, or damaged.
    """
    path = Path(input_tflite_file)
    if not path.exists():
        raise RuntimeError(f"Input file not found at {str(path)!r}")
    return convert_bytearray_to_object(bytearray(path.read_bytes()))


def read_model_with_mutable_tensors(input_tflite_file: str | os.PathLike[str]) -> Any:
    """As ``read_model``, with arrays that own their memory."""
    return copy.deepcopy(read_model(input_tflite_file))


def read_model_from_bytearray(model_bytearray: bytes | bytearray) -> Any:
    """The ``ModelT`` of a file's bytes; its arrays share their memory.

    Raises:
        ValueError: not a ``.tflite`` file, or damaged.
    """
    return convert_bytearray_to_object(model_bytearray)


def convert_bytearray_to_object(model_bytearray: bytes | bytearray) -> Any:
    """The ``ModelT`` of a file's bytes; data that stand behind the flatbuffer are brought into it.

    Raises:
        ValueError: not a ``.tflite`` file, or damaged.
        ModelLimitError: it declares more than its size justifies.
    """
    model = read(model_bytearray, *tflite_schema())
    for index, buffer in enumerate(model.buffers or []):
        if buffer.offset > 1 and buffer.size > 1:
            buffer.data = _outside(model_bytearray, buffer.offset, buffer.size, f"buffer {index}")
        buffer.offset = buffer.size = 0
    for graph in model.subgraphs or []:
        for index, operator in enumerate(graph.operators or []):
            place, size = operator.largeCustomOptionsOffset, operator.largeCustomOptionsSize
            if place > 1 and size > 0:
                operator.customOptions = _outside(model_bytearray, place, size, f"options of operator {index}")
            operator.largeCustomOptionsOffset = operator.largeCustomOptionsSize = 0
    if model.metadata is not None:
        model.metadata = [entry for entry in model.metadata if entry.name != _OUTSIDE]
    return model


def _outside(data: bytes | bytearray, start: int, size: int, what: str) -> Any:
    import numpy as np

    if start + size > len(data):
        raise ValueError(
            f"the file is damaged: {what} is {size} bytes at byte {start}, and the file ends at {len(data)}"
        )
    return np.frombuffer(data, np.uint8, size, start)


def convert_object_to_bytearray(model_object: Any, extra_buffer: bytes | bytearray = b"") -> bytes:
    """The bytes of a ``ModelT``, followed by ``extra_buffer``.

    Raises:
        ValueError: a field holds what it cannot, or the model needs more than 2 GiB.
    """
    return bytes(write(model_object, tflite_schema()[0]) + extra_buffer)


def write_model(model_object: Any, output_tflite_file: str | os.PathLike[str]) -> None:
    """Write a ``ModelT`` to a file, which appears whole or not at all.

    Raises:
        ValueError: see ``convert_object_to_bytearray``.
        OSError: the file cannot be written.
    """
    write_atomically(output_tflite_file, [convert_object_to_bytearray(model_object)])
