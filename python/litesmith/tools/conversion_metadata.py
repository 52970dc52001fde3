"""What a file says of its own making, and the hash of a model's structure."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from litesmith.tools import schema as tables
from litesmith.tools.fbs import Schema, parse
from litesmith.tools.flatbuffer_reader import read
from litesmith.tools.flatbuffer_writer import write
from litesmith.tools.model_file import convert_bytearray_to_object

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["get_conversion_metadata", "get_model_hash", "populate_conversion_metadata"]

_ENTRY = b"CONVERSION_METADATA"
_SCHEMA = """
table SparsityBlockSize { values:[uint]; }
table ConversionOptions {
  model_optimization_modes:[int];
  allow_custom_ops:bool;
  enable_select_tf_ops:bool;
  force_select_tf_ops:bool;
  sparsity_block_sizes:[SparsityBlockSize];
}
table Environment { tensorflow_version:string; api_version:uint; model_type:int; model_hash:ulong; }
table ConversionMetadata { environment:Environment; options:ConversionOptions; }
root_type ConversionMetadata;
"""


@functools.cache
def _schema() -> tuple[Schema, dict[str, Any]]:
    schema = parse(_SCHEMA)
    return schema, tables.classes_of(schema)


def get_conversion_metadata(model_buffer: bytes | bytearray) -> Any:
    """The entry CONVERSION_METADATA of a file: an object with ``environment`` and ``options``; None without it.

    Raises:
        ValueError: not a ``.tflite`` file, or damaged.
    """
    model = convert_bytearray_to_object(model_buffer)
    for entry in model.metadata or []:
        if entry.name == _ENTRY and entry.buffer < len(model.buffers):
            data = model.buffers[entry.buffer].data
            return None if data is None else read(bytes(data), *_schema())
    return None


def populate_conversion_metadata(model_object: Any, metadata: Any) -> Any:
    """Put the entry CONVERSION_METADATA into a ``ModelT``, in place of an older one.

    Args:
        model_object: changed in place.
        metadata: what ``get_conversion_metadata`` returned, or an object of its kind.

    Returns:
        The model.
    """
    import numpy as np

    data = np.frombuffer(bytes(write(metadata, _schema()[0])), np.uint8)
    for entry in model_object.metadata or []:
        if entry.name == _ENTRY:
            model_object.buffers[entry.buffer] = tables.BufferT(data=data)
            return model_object
    model_object.buffers = [*(model_object.buffers or [tables.BufferT()]), tables.BufferT(data=data)]
    entry = tables.MetadataT(name=_ENTRY, buffer=len(model_object.buffers) - 1)
    model_object.metadata = [*(model_object.metadata or []), entry]
    return model_object


def get_model_hash(model: Any) -> int:
    """A number of 64 bits that stands for the structure of a ``ModelT``: operators, tensors, sizes of constants.

    The same as TensorFlow's: each value v of the structure turns h into h ^ (v + c + (h << 10) + (h >> 4)), c being
    0x9E3779B97F4A7800, from 0 on, modulo 2**64.
    """
    mask = 2**64 - 1
    value = 0
    for number in _structure(model):
        value ^= ((number & mask) + 0x9E3779B97F4A7800 + ((value << 10) & mask) + (value >> 4)) & mask
    return value


def _structure(model: Any) -> Iterator[int]:
    for graph in model.subgraphs or []:
        yield len(graph.operators or [])
        for operator in graph.operators or []:
            for indices in (operator.inputs, operator.outputs):
                yield from (int(index) for index in ([] if indices is None else indices))
        yield len(graph.tensors or [])
        for tensor in graph.tensors or []:
            data = model.buffers[tensor.buffer].data
            if data is not None:
                yield len(data)
            yield from (int(size) for size in ([] if tensor.shape is None else tensor.shape))
        for indices in (graph.inputs, graph.outputs):
            yield 0 if indices is None else len(indices)
