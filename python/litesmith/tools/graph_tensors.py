"""TensorProto messages and numpy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith import _core
from litesmith.sources.message_classes import new_message

if TYPE_CHECKING:
    Array = np.ndarray[Any, np.dtype[Any]]

__all__ = ["array_of", "can_hold", "numpy_type", "tensor_of", "type_code"]

_STRING = 7
# DataType -> name of the numpy type and the field that holds single values.
_TYPES = {
    1: ("float32", "float_val"),
    2: ("float64", "double_val"),
    3: ("int32", "int_val"),
    4: ("uint8", "int_val"),
    5: ("int16", "int_val"),
    6: ("int8", "int_val"),
    7: ("object", "string_val"),
    8: ("complex64", "scomplex_val"),
    9: ("int64", "int64_val"),
    10: ("bool", "bool_val"),
    11: ("int8", "int_val"),
    12: ("uint8", "int_val"),
    13: ("int32", "int_val"),
    14: ("bfloat16", "half_val"),
    15: ("int16", "int_val"),
    16: ("uint16", "int_val"),
    17: ("uint16", "int_val"),
    18: ("complex128", "dcomplex_val"),
    19: ("float16", "half_val"),
    22: ("uint32", "uint32_val"),
    23: ("uint64", "uint64_val"),
}
_QUANTIZED = range(11, 17)
_BFLOAT16 = 14
_CODES = {name: code for code, (name, _) in _TYPES.items() if code not in _QUANTIZED or code == _BFLOAT16}


def numpy_type(code: int) -> np.dtype[Any]:
    """The numpy type of a DataType.

    Raises:
        ValueError: there is none.
    """
    if code not in _TYPES:
        raise ValueError(f"the type {code} has no counterpart in numpy")
    return np.dtype(_TYPES[code][0])


def type_code(dtype: np.dtype[Any]) -> int:
    """The DataType of a numpy type.

    Raises:
        ValueError: there is none.
    """
    if dtype.name not in _CODES:
        raise ValueError(f"the type {dtype} has no counterpart in TensorFlow's graphs")
    return _CODES[dtype.name]


def can_hold(code: int, dtype: np.dtype[Any]) -> bool:
    """True when an array of this type has the values of a DataType; bfloat16 may stand in unsigned integers."""
    return code in _TYPES and (dtype.name == _TYPES[code][0] or (code == _BFLOAT16 and dtype == np.uint16))


def array_of(tensor: Any) -> Array:
    """The values of a TensorProto.

    Raises:
        ValueError: its content contradicts its shape.
        ConverterError: its type has no values.
    """
    return _core.decode_tensor(tensor.SerializeToString())


def tensor_of(value: Array, code: int | None = None) -> Any:
    """A TensorProto: raw content, single values and strings one by one, as TensorFlow writes them."""
    tensor = new_message("TensorProto")
    tensor.dtype = type_code(value.dtype) if code is None else code
    tensor.tensor_shape.SetInParent()
    for size in value.shape:
        tensor.tensor_shape.dim.add().size = size
    if tensor.dtype != _STRING and value.size != 1:
        tensor.tensor_content = value.astype(value.dtype.newbyteorder("<")).tobytes()
        return tensor
    field = getattr(tensor, _TYPES[tensor.dtype][1])
    if value.dtype.kind == "c":
        field.extend([value.item().real, value.item().imag])
    elif _TYPES[tensor.dtype][1] == "half_val":
        field.extend(value.reshape(-1).view(np.uint16).tolist())
    else:
        field.extend(value.reshape(-1).tolist())
    return tensor
