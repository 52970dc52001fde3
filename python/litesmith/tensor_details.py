"""The dictionaries by which an interpreter describes its tensors and operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from litesmith import _core

__all__ = ["element_class", "file_type_name", "operator_details", "tensor_details"]

_CLASSES: dict[str, type] = {"string": np.bytes_, "resource": np.object_, "variant": np.object_}
_FILE_NAMES = {"S": "STRING", "U": "STRING", "O": "STRING"}


def element_class(tensor: _core.TensorDetails) -> type:
    """The numpy scalar class that stands for the tensor's element type."""
    return _CLASSES.get(tensor.dtype) or tensor.numpy_dtype.type


def file_type_name(dtype: np.dtype[Any]) -> str:
    """The element type as the file format spells it: FLOAT32, INT64, STRING."""
    return _FILE_NAMES.get(dtype.kind) or dtype.newbyteorder("=").name.upper()


def _int32(values: list[int]) -> NDArray[np.int32]:
    return np.array(values, dtype=np.int32)


def _sparsity(tensor: _core.TensorDetails) -> dict[str, Any]:
    sparsity = tensor.sparsity
    if sparsity is None:
        return {}
    details: dict[str, Any] = {"traversal_order": _int32(sparsity.traversal_order)}
    if sparsity.has_block_map:
        details["block_map"] = _int32(sparsity.block_map)
    details["dim_metadata"] = [
        {"format": 1, "array_segments": _int32(axis.segments), "array_indices": _int32(axis.indices)}
        if axis.csr
        else {"format": 0, "dense_size": axis.dense_size}
        for axis in sparsity.dimensions
    ]
    return details


def tensor_details(tensor: _core.TensorDetails, *, compress_zero_points: bool = False) -> dict[str, Any]:
    """The dictionary of one tensor, keys and types as `tf.lite.Interpreter` gives them."""
    zero_points = tensor.zero_points
    if tensor.scales and not zero_points:
        zero_points = [0] * len(tensor.scales)
    per_tensor = (0.0, 0)
    if len(tensor.scales) == 1 and len(zero_points) == 1 and tensor.block_size == 0:
        per_tensor = (tensor.scales[0], zero_points[0])
    if len(zero_points) == 1:
        zero_points = zero_points * len(tensor.scales)
    if compress_zero_points and len(set(zero_points)) == 1:
        zero_points = zero_points[:1]
    return {
        "name": tensor.name,
        "index": tensor.index,
        "shape": _int32(tensor.shape),
        "shape_signature": _int32(tensor.shape_signature),
        "dtype": element_class(tensor),
        "quantization": per_tensor,
        "quantization_parameters": {
            "scales": np.array(tensor.scales, dtype=np.float32),
            "zero_points": _int32(zero_points),
            "quantized_dimension": tensor.quantized_dimension,
            "block_size": tensor.block_size,
        },
        "sparsity_parameters": _sparsity(tensor),
    }


def operator_details(core: _core.Interpreter, index: int) -> dict[str, Any]:
    """The dictionary of one operator of the main graph."""
    operator = core.operator_at(0, index)

    def types(tensors: list[int]) -> list[type]:
        return [element_class(core.tensor(0, tensor)) for tensor in tensors if tensor >= 0]

    return {
        "index": index,
        "op_name": operator.name,
        "inputs": _int32(operator.inputs),
        "outputs": _int32(operator.outputs),
        "operand_types": types(operator.inputs),
        "result_types": types(operator.outputs),
    }
